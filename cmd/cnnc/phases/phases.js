"use strict";
(() => {
  const colors = 5, places = new Map(), on = new Map();
  for (const e of document.querySelectorAll("[data-k]")) {
    if (!places.has(e.dataset.k)) places.set(e.dataset.k, []);
    places.get(e.dataset.k).push(e);
  }
  // Rows of the lines that the marked things come of.
  const markLines = () => {
    const lines = new Set();
    for (const { line } of on.values()) if (line) lines.add(line);
    for (const r of document.querySelectorAll(".row[data-line]")) r.classList.toggle("same-line", lines.has(r.dataset.line));
  };
  const unmark = (key) => {
    for (const e of places.get(key)) e.classList.remove("on", "on" + on.get(key).color);
    on.delete(key);
  };
  const toggle = (e) => {
    const key = e.dataset.k;
    if (on.has(key)) {
      unmark(key);
    } else {
      const used = new Set([...on.values()].map((m) => m.color));
      if (used.size === colors) unmark(on.keys().next().value);
      let color = 0;
      while ([...on.values()].some((m) => m.color === color)) color++;
      const row = e.closest(".row");
      on.set(key, { color, line: row ? row.dataset.line : undefined });
      for (const p of places.get(key)) p.classList.add("on", "on" + color);
    }
    markLines();
  };
  document.addEventListener("click", (ev) => {
    const e = ev.target.closest("[data-k]");
    if (e) toggle(e);
  });
  document.addEventListener("keydown", (ev) => {
    if (ev.key === "Escape") {
      for (const key of [...on.keys()]) unmark(key);
      markLines();
    }
    const e = ev.target.closest && ev.target.closest("[data-k]");
    if (e && (ev.key === "Enter" || ev.key === " ")) {
      ev.preventDefault();
      toggle(e);
    }
  });
})();
