// What lies where on paper cannot be asked of a browser. So every row of a table
// is marked where it begins and where each of its cells ends, and every head
// where it stands, in type of 1 px; the marks are looked for in the print. It returns the number of rows.
() => {
  const mark = (el, words, first) => {
    const span = document.createElement("span");
    span.style.cssText = "font:400 1px monospace;letter-spacing:0;color:#000;white-space:nowrap";
    span.textContent = words;
    first ? el.prepend(span) : el.append(span);
  };
  let marked = 0;
  document.querySelectorAll("table").forEach((table, t) => {
    for (const row of table.querySelectorAll("thead tr")) mark(row.cells[0], "Zh" + t + "Z");
    table.querySelectorAll("tbody tr").forEach((row, r) => {
      if (!row.checkVisibility()) return;
      marked++;
      mark(row.cells[0], "Za" + t + "q" + r + "Z", true);
      for (const c of row.cells) mark(c.lastElementChild?.tagName === "DIV" ? c.lastElementChild : c, "Zb" + t + "q" + r + "Z");
    });
  });
  return marked;
}
