// look examines the page it runs in as a reader does, and returns what is wrong
// with it: a list of sentences, empty when all is well. It changes nothing.
(medium) => {
  const wrong = new Map(); // by kind, whatever the figures in it
  const tell = (what, where) => {
    const kind = what.replace(/[\d.]+/g, "n");
    if (!wrong.has(kind)) wrong.set(kind, []);
    wrong.get(kind).push(what + ": " + where);
  };
  const say = (what, el, more) => tell(what, name(el) + (more ? " " + more : ""));
  const name = (el) => {
    if (!el) return "?";
    const host = el.closest("[id]");
    const words = el.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    return "<" + el.tagName.toLowerCase() + (el.className.baseVal ?? el.className ? " class=" + (el.className.baseVal ?? el.className) : "") + ">" +
      (host ? " in #" + host.id : "") + " “" + words + "”";
  };

  // Nothing of the page runs.
  for (const el of document.querySelectorAll("*")) {
    if (el.tagName.toLowerCase() === "script") say("a script", el);
    for (const a of el.attributes) if (/^on/i.test(a.name) || /^\s*javascript:/i.test(a.value)) say("a handler", el, a.name);
  }

  // A hidden element is hidden to the eye, or clipped to a point for a reader of the screen.
  const seen = (el) => {
    if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let e = el; e; e = e.parentElement) {
      const s = getComputedStyle(e);
      if (s.clipPath !== "none" || e.getBoundingClientRect().right < 0) return false;
    }
    return true;
  };

  // The page scrolls down and not aside.
  const root = document.documentElement;
  if (root.scrollWidth > medium.width) {
    tell("the page is too wide", root.scrollWidth + " px");
    for (const el of document.body.querySelectorAll("*")) {
      if (el.getBoundingClientRect().right > medium.width + 0.5 && ![...el.children].some((c) => c.getBoundingClientRect().right > medium.width + 0.5)) say("sticks out", el);
    }
  }

  const rgb = (s) => (s.match(/rgba?\([^)]*\)/g) || []).map((c) => c.match(/[\d.]+/g).map(Number));
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
  // The colours behind an element: several where it stands on a gradient.
  const grounds = (el) => {
    for (let e = el; e; e = e.parentElement) {
      const s = getComputedStyle(e), image = rgb(s.backgroundImage), [colour] = rgb(s.backgroundColor);
      if (image.length) return image;
      if (colour && colour[3] !== 0) return [colour];
    }
    return [[255, 255, 255]];
  };

  // Texts: every line of every text, where it is and how large.
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const el = n.parentElement;
    if (!n.data.trim() || el.closest("svg") || !seen(el)) continue;
    const size = parseFloat(getComputedStyle(el).fontSize);
    if (size < medium.least - 0.01) say("text of " + size.toFixed(1) + " px", el);
    const least = Math.min(...grounds(el).map((g) => contrast(rgb(getComputedStyle(el).color)[0], g)));
    if (least < 4.5) say("contrast of " + least.toFixed(2), el);
    const range = document.createRange();
    range.selectNodeContents(n);
    for (const r of range.getClientRects()) {
      const middle = (r.top + r.bottom) / 2; // the line's em box: the box of a CJK font is half as high again
      if (r.width > 1) lines.push({ el, n, left: r.left, right: r.right, top: middle - size / 2, bottom: middle + size / 2 });
    }
  }
  // A number stands on one line.
  for (const el of document.querySelectorAll("data")) {
    if (seen(el) && new Set([...el.getClientRects()].map((r) => Math.round(r.top))).size > 1) say("a number is broken", el);
  }
  // What a style sheet writes.
  for (const el of document.body.querySelectorAll("*")) {
    for (const pseudo of ["::before", "::after"]) {
      const s = getComputedStyle(el, pseudo);
      if (s.display !== "none" && !["none", "normal", '""'].includes(s.content) && seen(el) && parseFloat(s.fontSize) < medium.least - 0.01) {
        say("text of " + s.fontSize + " before or after", el, s.content);
      }
    }
  }
  lines.sort((a, b) => a.top - b.top);
  lines.forEach((a, i) => {
    for (let k = i + 1; k < lines.length && lines[k].top < a.bottom - 1; k++) {
      const b = lines[k];
      if (a.n !== b.n && a.left < b.right - 1 && b.left < a.right - 1) say("text on text", a.el, "and " + name(b.el));
    }
  });

  // A lamp is a shape with a word: a shape alone is a colour to most readers.
  for (const n of document.querySelectorAll("body *")) {
    if (!/^[▲◆●★○■]$/.test(n.textContent.trim()) || !seen(n)) continue;
    const beside = n.tagName.toLowerCase() === "text" ? "" : n.parentElement.textContent;
    if (!/\p{Script=Han}/u.test(beside)) say("a shape without a word", n);
  }

  // Nothing is cut off: where overflow is hidden there is none, and what scrolls says so by being a list.
  for (const el of document.body.querySelectorAll("*")) {
    if (el.closest("svg") || !seen(el)) continue;
    const s = getComputedStyle(el);
    if (/hidden|clip/.test(s.overflowX) && el.scrollWidth > el.clientWidth + 1) say("cut off at the side", el);
    if (/hidden|clip/.test(s.overflowY) && el.scrollHeight > el.clientHeight + 1) say("cut off below", el);
    if (medium.print && /auto|scroll/.test(s.overflowX) && el.scrollWidth > el.clientWidth + 1) say("paper does not scroll", el);
  }

  // Fingers: a target is 24 px high and wide, unless it is a word of a sentence.
  if (!medium.print) {
    for (const el of document.querySelectorAll("a[href],button,input,select,textarea,summary")) {
      if (!seen(el)) continue;
      const rects = [...el.getClientRects()];
      const wide = Math.max(...rects.map((r) => r.width)), high = Math.max(...rects.map((r) => r.height));
      const sentence = getComputedStyle(el).display === "inline" && el.parentElement.textContent.trim() !== el.textContent.trim();
      if (!sentence && (wide < 24 || high < 24)) say("a target of " + wide.toFixed(0) + " × " + high.toFixed(0) + " px", el);
    }
  }

  // Pictures: their texts stand inside, apart, large enough and dark enough.
  for (const svg of document.querySelectorAll("svg")) {
    if (!seen(svg)) continue;
    const view = svg.viewBox.baseVal, scale = svg.getBoundingClientRect().width / view.width, [paper] = grounds(svg.parentElement);
    const shapes = [...svg.querySelectorAll("rect,circle,ellipse,path,polygon,polyline")].filter((e) => getComputedStyle(e).fill !== "none");
    const boxes = [];
    for (const el of svg.querySelectorAll("text")) {
      if (!el.textContent.trim()) continue;
      const s = getComputedStyle(el), size = parseFloat(s.fontSize), b = el.getBBox(), base = el.getStartPositionOfChar(0).y;
      const box = { el, x1: b.x, x2: b.x + b.width, y1: base - 0.86 * size, y2: base + 0.1 * size };
      if (size * scale < medium.least - 0.01) say("text of " + (size * scale).toFixed(1) + " px in a picture", el);
      if (box.x1 < -0.5 || box.y1 < -0.5 || box.x2 > view.width + 0.5 || box.y2 > view.height + 0.5) say("text leaves its picture", el, [box.x1, box.x2, view.width].map((v) => v.toFixed(1)).join(" "));
      for (const o of boxes) if (o.x1 < box.x2 - 0.5 && box.x1 < o.x2 - 0.5 && o.y1 < box.y2 - 0.5 && box.y1 < o.y2 - 0.5) say("text on text in a picture", el, "and “" + o.el.textContent + "”");
      boxes.push(box);
      let least = 21;
      for (const k of [0.02, 0.5, 0.98]) {
        const p = svg.createSVGPoint();
        p.x = box.x1 + (box.x2 - box.x1) * k;
        p.y = base - 0.35 * size;
        let behind = paper;
        for (const e of shapes) if (e.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING && e.isPointInFill(p)) [behind] = rgb(getComputedStyle(e).fill);
        least = Math.min(least, contrast(rgb(s.fill)[0], behind));
      }
      if (least < 4.5) say("contrast of " + least.toFixed(2) + " in a picture", el);
    }
  }
  return [...wrong.values()].map((l) => l.slice(0, 6).join("\n") + (l.length > 6 ? "\n… " + l.length + " in all" : ""));
}
