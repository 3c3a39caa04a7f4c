// Elements are made, never parsed: text stays text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * `h("button.primary", { onclick, "aria-label": "…" }, "Send")`. Functions become listeners, true
 * an empty attribute; false, null and undefined nothing, also among the children.
 */
export function h(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else set(element, name, value);
  }
  element.append(...children.flat().filter(given));
  return element;
}

const given = (child) => child !== undefined && child !== null && child !== false && child !== "";

/** Sets an attribute, or takes it away. */
export function set(element, name, value) {
  const text = value === true ? "" : String(value);
  if (value === undefined || value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Changes text only if it is another: a screen reader would say it again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  mark: "M8.5 12a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0M2.5 12h19",
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  bin: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10.5 11v5M13.5 11v5",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  down: "M12 5v14M6 13l6 6 6-6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  done: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 8v5M12 16.5h.01M12 3.5l9 16H3z",
  again: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
  out: "M14 5H6v14h8M11 12h9M17 9l3 3-3 3",
};

/** A line drawing beside words that say the same: hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" })) {
    svg.setAttribute(key, value);
  }
  svg.append(path);
  return svg;
}

/** The load line itself: a circle and the line through it. */
export function mark() {
  const svg = icon("mark");
  svg.setAttribute("class", "mark");
  svg.firstChild.setAttribute("d", "M6 12a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M1.5 12h21");
  return svg;
}

/** Runs a drawing at most once a frame, and leaves four fifths of the time to everything else. */
export function framed(draw) {
  let asked = false;
  let costMs = 0;
  const run = () => {
    asked = false;
    const begun = performance.now();
    draw();
    costMs = performance.now() - begun;
  };
  return () => {
    if (asked) return;
    asked = true;
    if (costMs > 8) setTimeout(() => requestAnimationFrame(run), costMs * 4);
    else requestAnimationFrame(run);
  };
}

/** To the clipboard, also where the page did not come over https. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea.sr", { "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not let a page copy");
}
