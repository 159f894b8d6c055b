// What lies where on paper cannot be asked of a browser. So every row of a table
// is marked where it begins and where each of its cells ends, and every head
// where it stands, in type of 1 px; the marks are looked for in the print. It
// returns the number of rows.
() => {
  const mark = (el, words, first) => {
    const span = document.createElement("span");
    span.style.cssText = "display:inline-block;width:0;height:0;font:400 1px/0 monospace;letter-spacing:0;color:#000;white-space:nowrap";
    span.textContent = words;
    first ? el.prepend(span) : el.append(span);
  };
  // Two equal letters side by side may be taken for one, printed twice to be bold;
  // and a mark that lost a letter must not read as another.
  const number = (n) => String(n).padStart(3, "0").replace(/./g, (d, i) => (i % 2 ? "abcdefghij"[d] : d));
  let marked = 0;
  document.querySelectorAll("table").forEach((table, t) => {
    for (const row of table.querySelectorAll("thead tr")) mark(row.cells[0], "Zk" + number(t) + "Z");
    table.querySelectorAll("tbody tr").forEach((row, r) => {
      if (!row.checkVisibility()) return;
      marked++;
      mark(row.cells[0], "Zx" + number(t) + "q" + number(r) + "Z", true);
      for (let c of row.cells) {
        while (c.lastElementChild && getComputedStyle(c.lastElementChild).display === "block") c = c.lastElementChild; // where its last line is
        mark(c, "Zy" + number(t) + "q" + number(r) + "Z");
      }
    });
  });
  return marked;
}
