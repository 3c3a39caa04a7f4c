// Markdown's blocks: text → a tree of plain objects, no DOM. What is not understood stays text, and
// HTML is never more than text.
//
//   { type: "paragraph", text }            { type: "heading", level, text }
//   { type: "code", language, text, open } { type: "rule" }
//   { type: "quote", blocks }              { type: "table", align, head, rows }
//   { type: "list", ordered, start, tight, items: [{ type: "item", task, blocks }] }
//
// Two departures from CommonMark, both for text that is still being written: a line of dashes is
// always a rule (never turns the paragraph above it into a heading), and indented text is no code.

const DEPTH_MAX = 12; // quotes and lists inside each other; deeper ones are text
const COLUMNS_MAX = 64;

const FENCE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\n]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*)|)$/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}>[ \t]?/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)/;
const DELIMITERS = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** The blocks of a whole text, each with the offset where it starts. */
export function parse(text) {
  return blocksOf(linesOf(text, 0), 0);
}

/**
 * Reads a text that only grows. `blocks(text)` answers all blocks, those that can't change any more
 * as the same objects as before: only what comes after the start of the last block is read again.
 */
export function reader() {
  let known = "";
  let blocks = [];
  return {
    blocks(text) {
      const grown = text.length >= known.length && text.startsWith(known);
      const kept = grown ? blocks.slice(0, -1) : [];
      const from = grown && blocks.length > 0 ? blocks[blocks.length - 1].at : 0;
      known = text;
      blocks = kept.concat(blocksOf(linesOf(text, from), 0));
      return blocks;
    },
  };
}

function linesOf(text, from) {
  const lines = [];
  for (let at = from; at <= text.length; ) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const last = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    lines.push({ at, text: text.slice(at, last) });
    at = end + 1;
  }
  return lines;
}

const blank = (line) => line.text.trim() === "";
const indent = (text) => {
  let columns = 0;
  for (const c of text) {
    if (c === " ") columns++;
    else if (c === "\t") columns += 4 - (columns % 4);
    else break;
  }
  return columns;
};

/** Takes up to so many columns of white space from the start. */
function outdent(text, columns) {
  let at = 0;
  let gone = 0;
  while (gone < columns && at < text.length && (text[at] === " " || text[at] === "\t")) {
    gone += text[at] === " " ? 1 : 4 - (gone % 4);
    at++;
  }
  return " ".repeat(Math.max(0, gone - columns)) + text.slice(at);
}

function blocksOf(lines, depth) {
  const blocks = [];
  for (let i = 0; i < lines.length; ) {
    if (blank(lines[i])) {
      i++;
      continue;
    }
    const [block, next] = blockAt(lines, i, depth);
    blocks.push({ ...block, at: lines[i].at });
    i = next;
  }
  return blocks;
}

/** The block that starts at a line, and the line after it. */
function blockAt(lines, i, depth) {
  const line = lines[i].text;
  const fence = fenceOf(line);
  if (fence) return code(lines, i, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    const text = (heading[2] ?? "").trim().replace(/(^|[ \t])#+$/, "").trim();
    return [{ type: "heading", level: heading[1].length, text }, i + 1];
  }
  if (RULE.test(line)) return [{ type: "rule" }, i + 1];
  if (depth < DEPTH_MAX) {
    if (QUOTE.test(line)) return quote(lines, i, depth);
    if (itemOf(line)) return list(lines, i, depth);
  }
  if (isTable(lines, i)) return table(lines, i);
  return paragraph(lines, i, depth);
}

function fenceOf(line) {
  const found = FENCE.exec(line);
  return found && !(found[2][0] === "`" && found[3].includes("`")) ? found : null;
}

function code(lines, i, [, indented, mark, info]) {
  const body = [];
  const closes = new RegExp(`^ {0,3}\\${mark[0]}{${mark.length},}[ \\t]*$`);
  let at = i + 1;
  for (; at < lines.length && !closes.test(lines[at].text); at++) {
    body.push(outdent(lines[at].text, indented.length));
  }
  const language = info.trim().split(/\s/)[0];
  const open = at >= lines.length;
  return [{ type: "code", language, text: body.join("\n"), open }, at + 1];
}

function quote(lines, i, depth) {
  const inner = [];
  let at = i;
  let goesOn = false; // a paragraph may go on without its mark
  for (; at < lines.length; at++) {
    const { text, at: offset } = lines[at];
    const marked = QUOTE.exec(text);
    if (!marked && !(goesOn && !blank(lines[at]) && !starts(text))) break;
    const rest = marked ? text.slice(marked[0].length) : text;
    inner.push({ at: offset, text: rest });
    goesOn = rest.trim() !== "" && !fenceOf(rest) && !HEADING.test(rest) && !RULE.test(rest);
  }
  return [{ type: "quote", blocks: blocksOf(inner, depth + 1) }, at];
}

/** A list's marker: its kind tells which items belong together. */
function itemOf(line) {
  if (RULE.test(line)) return null;
  const found = ITEM.exec(line);
  if (!found) return null;
  const [all, before, mark, after] = found;
  const at = indent(before);
  const ordered = mark.length > 1;
  // A marker with five or more blanks behind it begins with an indented line, not with code.
  const content = at + mark.length + (after.length === 0 || after.length > 4 ? 1 : after.length);
  return { at, content, ordered, kind: mark.at(-1), start: parseInt(mark, 10), rest: line.slice(all.length) };
}

function list(lines, i, depth) {
  const first = itemOf(lines[i].text);
  const items = [];
  let tight = true;
  let at = i;
  while (at < lines.length) {
    const item = itemOf(lines[at].text);
    if (!item || item.kind !== first.kind || Math.abs(item.at - first.at) > 1) break;
    const end = itemEnd(lines, at, item);
    const inner = [{ at: lines[at].at, text: item.rest }];
    for (let j = at + 1; j < end; j++) {
      inner.push({ at: lines[j].at, text: outdent(lines[j].text, item.content) });
    }
    const task = /^\[([ xX])\][ \t]+(?=\S)/.exec(item.rest);
    if (task) inner[0].text = item.rest.slice(task[0].length);
    const blocks = blocksOf(inner, depth + 1);
    items.push({ type: "item", task: task ? task[1] !== " " : undefined, blocks });
    if (loose(inner)) tight = false;
    at = end;
    while (at < lines.length && blank(lines[at])) at++;
    const more = at > end && at < lines.length && itemOf(lines[at].text);
    if (more && more.kind === first.kind && Math.abs(more.at - first.at) <= 1) tight = false;
  }
  return [{ type: "list", ordered: first.ordered, start: first.ordered ? first.start : 1, tight, items }, at];
}

/** The line after an item's last one. */
function itemEnd(lines, i, item) {
  const nested = Math.min(item.content, item.at + 2);
  let end = i + 1;
  let afterBlank = item.rest.trim() === "";
  for (let at = i + 1; at < lines.length; at++) {
    if (blank(lines[at])) {
      afterBlank = true;
      continue;
    }
    const inside = indent(lines[at].text) >= nested;
    if (!inside && (afterBlank || starts(lines[at].text) || itemOf(lines[at].text))) break;
    afterBlank = false;
    end = at + 1;
  }
  return end;
}

/** Paragraphs with a blank line between them make a list loose; blank lines in code do not. */
function loose(inner) {
  let fence = false;
  let gap = false;
  for (const line of inner.slice(1)) {
    if (fenceOf(line.text)) fence = !fence;
    else if (!fence && blank(line)) gap = true;
    else if (gap && !fence && indent(line.text) < 2 && !itemOf(line.text)) return true;
  }
  return false;
}

/** Whether a line starts a block of its own right behind a paragraph. */
function starts(line) {
  if (fenceOf(line) || RULE.test(line) || QUOTE.test(line) || HEADING.test(line)) return true;
  const item = itemOf(line);
  return item !== null && item.rest !== "" && (!item.ordered || item.start === 1 || item.at > 0);
}

function paragraph(lines, i, depth) {
  const text = [lines[i].text.trim()];
  let at = i + 1;
  for (; at < lines.length && !blank(lines[at]); at++) {
    if ((depth < DEPTH_MAX && starts(lines[at].text)) || isTable(lines, at)) break;
    text.push(lines[at].text.trimStart());
  }
  return [{ type: "paragraph", text: text.join("\n").trimEnd() }, at];
}

function isTable(lines, i) {
  if (i + 1 >= lines.length || !lines[i].text.includes("|")) return false;
  const under = lines[i + 1].text;
  if (!under.includes("-") || !(under.includes("|") || under.includes(":")) || !DELIMITERS.test(under)) return false;
  return cells(lines[i].text).length === cells(under).length;
}

function table(lines, i) {
  const head = cells(lines[i].text);
  const align = cells(lines[i + 1].text).map((mark) => {
    if (mark.endsWith(":")) return mark.startsWith(":") ? "center" : "right";
    return mark.startsWith(":") ? "left" : "";
  });
  const rows = [];
  let at = i + 2;
  for (; at < lines.length && !blank(lines[at]) && !starts(lines[at].text); at++) {
    const row = cells(lines[at].text).slice(0, head.length);
    while (row.length < head.length) row.push("");
    rows.push(row);
  }
  return [{ type: "table", align, head, rows }, at];
}

/** A row's cells; a bar behind a backslash or in code does not part them. */
function cells(line) {
  const all = [];
  let cell = "";
  let inCode = false;
  const row = line.trim();
  for (let at = row.startsWith("|") ? 1 : 0; at < row.length; at++) {
    const c = row[at];
    if (c === "\\" && row[at + 1] === "|") {
      cell += "|";
      at++;
    } else if (c === "|" && !inCode && all.length < COLUMNS_MAX) {
      all.push(cell.trim());
      cell = "";
    } else {
      if (c === "`" && (inCode || row.indexOf("`", at + 1) > 0)) inCode = !inCode;
      cell += c;
    }
  }
  if (cell.trim() !== "" || !row.endsWith("|")) all.push(cell.trim());
  return all;
}
