// Draws Markdown into an element, and again as the text grows: blocks that can't change any more
// are left alone, so that a selection in them stays, and only the last one is drawn anew.

import { copyText, h, icon, set } from "../dom.js";
import { reader } from "./blocks.js";
import { inline } from "./inline.js";

const HEADING_FIRST = 3; // the page itself uses the levels above
const COPIED_MS = 1600;

/** `show(text, unfinished)` draws a text that replaces the one before. */
export function markdownView() {
  const element = h("div.markdown");
  const read = reader();
  let drawn = [];
  let before;
  return {
    element,
    show(text, unfinished) {
      const key = (unfinished ? "+" : "-") + text;
      if (key === before) return;
      before = key;
      drawn = patch(element, drawn, read.blocks(text), unfinished);
    },
  };
}

/** What is drawn of a block: `{ block, unfinished, element, into?, parts? }`. */
function patch(into, drawn, blocks, unfinished) {
  const next = blocks.map((block, i) => {
    const open = unfinished && i === blocks.length - 1;
    const old = drawn[i];
    if (old && old.block === block && old.unfinished === open) return old;
    if (old && updates(old, block, open)) return old;
    const fresh = draw(block, open);
    if (old) old.element.replaceWith(fresh.element);
    else into.append(fresh.element);
    return fresh;
  });
  for (const old of drawn.slice(blocks.length)) old.element.remove();
  return next;
}

const KIND = {
  paragraph: (b) => "p",
  heading: (b) => `h${b.level}`,
  code: (b) => `code ${b.language}`,
  rule: (b) => "hr",
  quote: (b) => "quote",
  table: (b) => JSON.stringify([b.align, b.head]),
  list: (b) => `list ${b.ordered} ${b.start} ${b.tight}`,
  item: (b) => `item ${b.task} ${b.tight}`,
};
const kind = (block) => KIND[block.type](block);
const partsOf = (block) => block.blocks ?? (block.type === "list" ? itemsOf(block) : undefined);
const itemsOf = (list) => list.items.map((item) => ({ ...item, tight: list.tight }));

/** Changes what is there; false if it has to be drawn anew. */
function updates(old, block, unfinished) {
  if (old.block.type !== block.type || kind(old.block) !== kind(block)) return false;
  if (old.parts) old.parts = patch(old.into, old.parts, partsOf(block), unfinished);
  else if (block.type === "code") grow(old.into, block.text);
  else if (block.type === "table") fillRows(old, block);
  else if (block.text !== undefined && (old.block.text !== block.text || old.unfinished !== unfinished)) {
    old.element.replaceChildren(...nodes(inline(block.text, unfinished)));
  }
  old.block = block;
  old.unfinished = unfinished;
  return true;
}

function grow(code, text) {
  const node = code.firstChild;
  if (node && text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else code.textContent = text;
}

function draw(block, unfinished) {
  const { element, into } = DRAW[block.type](block, unfinished);
  const parts = partsOf(block);
  const drawn = { block, unfinished, element, into };
  if (parts) drawn.parts = patch(into, [], parts, unfinished);
  return drawn;
}

const DRAW = {
  paragraph: ({ text }, unfinished) => ({ element: h("p", {}, nodes(inline(text, unfinished))) }),
  heading: ({ level, text }, unfinished) => {
    const element = h(`h${Math.min(6, level + HEADING_FIRST - 1)}`, {}, nodes(inline(text, unfinished)));
    element.classList.add(`level${level}`);
    return { element };
  },
  rule: () => ({ element: h("hr") }),
  quote: () => same(h("blockquote")),
  code: drawCode,
  table: drawTable,
  list: ({ ordered, start }) => {
    const element = h(ordered ? "ol" : "ul");
    if (ordered && start !== 1) set(element, "start", start);
    return same(element);
  },
  item: ({ task, tight }) => {
    const element = h(tight ? "li.tight" : "li");
    if (task === undefined) return same(element);
    element.classList.add("task");
    const box = h("input", { type: "checkbox", disabled: true, checked: task, "aria-label": task ? "done" : "to do" });
    const into = h("div");
    element.append(box, into);
    return { element, into };
  },
};

const same = (element) => ({ element, into: element });

function drawCode({ language, text }) {
  const code = h("code");
  code.textContent = text;
  const label = h("span", {}, "Copy");
  const button = h("button.plain", { type: "button", onclick: () => copy(code, button, label) }, icon("copy"), label);
  set(button, "aria-label", language ? `Copy the ${language} code` : "Copy the code");
  const bar = h("div.bar", {}, h("span", {}, language || "text"), button);
  const element = h("div.code", {}, bar, h("pre", { tabindex: "0" }, code));
  return { element, into: code };
}

async function copy(code, button, label) {
  try {
    await copyText(code.textContent);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Select it by hand";
  }
  setTimeout(() => (label.textContent = "Copy"), COPIED_MS);
}

function drawTable(block) {
  const head = h("tr", {}, block.head.map((text, i) => cell("th", text, block.align[i], { scope: "col" })));
  const body = h("tbody");
  const table = h("table", {}, h("thead", {}, head), body);
  const element = h("div.table", { tabindex: "0", role: "region", "aria-label": "Table" }, table);
  fillRows({ into: body }, block);
  return { element, into: body };
}

/** Rows above the last drawn one do not change. */
function fillRows({ into, block: old }, block) {
  const settled = old ? Math.max(0, old.rows.length - 1) : 0;
  while (into.rows.length > settled) into.deleteRow(-1);
  for (const row of block.rows.slice(settled)) {
    into.append(h("tr", {}, row.map((text, i) => cell("td", text, block.align[i]))));
  }
}

function cell(tag, text, align, properties = {}) {
  const element = h(tag, properties, nodes(inline(text)));
  if (align) element.classList.add(align);
  return element;
}

function nodes(tree) {
  return tree.map((node) => {
    if (typeof node === "string") return document.createTextNode(node);
    if (node.type === "break") return h("br");
    if (node.type === "code") return h("code", {}, node.text);
    if (node.type === "link") {
      const to = { href: node.href, target: "_blank", rel: "noopener noreferrer" };
      return h("a", to, nodes(node.children));
    }
    return h(node.type, {}, nodes(node.children));
  });
}
