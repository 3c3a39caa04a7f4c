// Markdown inside of a block: text → a tree of plain objects, no DOM.
//
//   a string      { type: "code", text }     { type: "break" }
//   { type: "strong" | "em" | "del", children }      { type: "link", href, children }
//
// With `unfinished` the text is still being written: what is open at its end is closed there, and
// marks that may become something else are held back, so that nothing flickers.

const ADDRESS_MAX = 2048; // longer ones are text
const DEPTH_MAX = 24; // emphasis inside emphasis; deeper ones are text
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", copy: "©", hellip: "…", mdash: "—", ndash: "–" };
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const PUNCTUATION = /[\p{P}\p{S}]/u;
const SPECIAL = /[\\`*_~[\]!&<\nh]/g;

/** An address that may be followed, or undefined: whole, and of a scheme that runs nothing. */
export function safeAddress(address) {
  // Browsers drop these inside of an address: "java\nscript:" would be one of them.
  // eslint-disable-next-line no-control-regex
  const plain = address.replace(/[\u0000-\u001f\u007f]/g, "").trim();
  try {
    const url = new URL(plain);
    return SCHEMES.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The text's nodes. */
export function inline(text, unfinished = false, links = true) {
  const source = unfinished ? heldBack(text) : text;
  const pieces = scan(source, unfinished, links);
  return nested(emphasised(pieces, unfinished));
}

/** Plain words of a text: what a screen reader is told. */
export function words(nodes) {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      if (node.type === "break") return " ";
      return node.type === "code" ? node.text : words(node.children);
    })
    .join("");
}

function heldBack(text) {
  return text.replace(/(?:[*_~`]{1,3}|!?\[|\\)$/, "");
}

/** Reads left to right: finished nodes, strings, and runs of `*`, `_` and `~` that may be emphasis. */
function scan(text, unfinished, links) {
  const pieces = [];
  const brackets = []; // indexes into pieces of "[" that may open a link
  const noClosing = new Set(); // lengths of runs of backticks that nothing closes
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain !== "") pieces.push(plain);
    plain = "";
  };
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
    if (at >= text.length) break;
    const c = text[at];
    if (c === "\\") {
      at += escaped(text, at, (s) => (plain += s), () => (flush(), pieces.push({ type: "break" })));
    } else if (c === "`") {
      const span = codeSpan(text, at, unfinished, noClosing);
      if (span.node) {
        flush();
        pieces.push(span.node);
      } else plain += text.slice(at, span.end);
      at = span.end;
    } else if (c === "*" || c === "_" || c === "~") {
      const run = runAt(text, at);
      flush();
      pieces.push(run);
      at += run.length;
    } else if (c === "[" || (c === "!" && text[at + 1] === "[")) {
      flush();
      const mark = c === "[" ? "[" : "![";
      if (links) brackets.push(pieces.length);
      pieces.push({ type: "bracket", mark, at });
      at += mark.length;
    } else if (c === "]") {
      flush();
      const end = brackets.length > 0 ? linkAt(text, at, pieces, brackets, unfinished) : 0;
      if (end === 0) plain += c;
      at = end === 0 ? at + 1 : end;
    } else if (c === "&") {
      const [decoded, length] = entity(text, at);
      plain += decoded;
      at += length;
    } else if (c === "<" || c === "h") {
      const found = links && bareAddress(text, at, c === "<");
      if (found) {
        flush();
        pieces.push({ type: "link", href: found.href, children: [found.shown] });
        at += found.length;
      } else {
        plain += c;
        at++;
      }
    } else if (c === "\n") {
      let end = plain.length;
      while (end > 0 && (plain[end - 1] === " " || plain[end - 1] === "\t")) end--;
      const hard = plain.length - end >= 2 && plain.at(-1) === " ";
      plain = plain.slice(0, end);
      if (hard) {
        flush();
        pieces.push({ type: "break" });
      } else plain += "\n";
      at++;
    } else {
      plain += c;
      at++;
    }
  }
  flush();
  return pieces;
}

function escaped(text, at, put, lineBreak) {
  const next = text[at + 1];
  if (next === "\n") {
    lineBreak();
    return 2;
  }
  if (next !== undefined && /[!-/:-@[-`{-~]/.test(next)) {
    put(next);
    return 2;
  }
  put("\\");
  return 1;
}

function codeSpan(text, at, unfinished, noClosing) {
  let length = 1;
  while (text[at + length] === "`") length++;
  const begin = at + length;
  if (!noClosing.has(length)) {
    for (let from = begin; ; ) {
      const close = text.indexOf("`", from);
      if (close < 0) break;
      let end = close;
      while (text[end] === "`") end++;
      if (end - close === length) return { node: code(text.slice(begin, close)), end };
      from = end;
    }
    noClosing.add(length);
  }
  if (unfinished && begin < text.length) return { node: code(text.slice(begin)), end: text.length };
  return { end: begin };
}

function code(raw) {
  const line = raw.replaceAll("\n", " ");
  const padded = line.length > 2 && line.startsWith(" ") && line.endsWith(" ") && line.trim() !== "";
  return { type: "code", text: padded ? line.slice(1, -1) : line };
}

/** A run of marks, and whether emphasis may open or close there (CommonMark's flanking). */
function runAt(text, at) {
  const mark = text[at];
  let length = 1;
  while (text[at + length] === mark) length++;
  const before = at === 0 ? " " : text[at - 1];
  const after = text[at + length] ?? " ";
  const space = (c) => /\s/.test(c);
  const left = !space(after) && (!PUNCTUATION.test(after) || space(before) || PUNCTUATION.test(before));
  const right = !space(before) && (!PUNCTUATION.test(before) || space(after) || PUNCTUATION.test(after));
  if (mark === "~") return { type: "run", mark, length, left: length, opens: left && length === 2, closes: right && length === 2 };
  return {
    type: "run",
    mark,
    length,
    left: length,
    opens: mark === "*" ? left : left && (!right || PUNCTUATION.test(before)),
    closes: mark === "*" ? right : right && (!left || PUNCTUATION.test(after)),
  };
}

/** At "]": makes the pieces since its "[" a link and answers where it ends; 0 if it is none. */
function linkAt(text, at, pieces, brackets, unfinished) {
  const open = brackets.pop();
  const image = pieces[open].mark === "![";
  if (text[at + 1] !== "(") return 0;
  const target = /^\(\s*(<[^<>\n]*>|[^\s<>]*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/;
  const part = text.slice(at + 1, at + 1 + ADDRESS_MAX);
  const balanced = balancedEnd(part);
  const found = balanced > 0 ? target.exec(part.slice(0, balanced)) : null;
  const written = unfinished && !found && at + 1 + part.length >= text.length && balanced === 0;
  if (!found && !written) return 0;
  const children = nested(emphasised(pieces.splice(open).slice(1), false));
  const href = found ? safeAddress(decoded(found[1].replace(/^<|>$/g, ""))) : undefined;
  if (href) {
    pieces.push({ type: "link", href, children });
    if (!image) brackets.length = 0; // no links in links
  } else if (written) pieces.push(...children);
  else pieces.push(image ? "![" : "[", ...children, "]" + found[0]); // shown, not hidden
  return written ? text.length : at + 1 + found[0].length;
}

function balancedEnd(part) {
  let open = 0;
  for (let i = 0; i < part.length; i++) {
    if (part[i] === "\\") i++;
    else if (part[i] === "(") open++;
    else if (part[i] === ")" && --open === 0) return i + 1;
  }
  return 0;
}

function decoded(text) {
  return text
    .replace(/&(#?\w{1,8});/g, (all) => entity(all, 0)[0])
    .replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

function entity(text, at) {
  const found = /^&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{2,8}));/.exec(text.slice(at, at + 12));
  if (!found) return ["&", 1];
  const named = found[3] && Object.hasOwn(ENTITIES, found[3]) ? ENTITIES[found[3]] : undefined;
  if (found[3]) return named ? [named, found[0].length] : ["&", 1];
  const number = found[1] ? parseInt(found[1], 10) : parseInt(found[2], 16);
  const valid = number > 0 && number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff);
  return [valid ? String.fromCodePoint(number) : "\ufffd", found[0].length];
}

function bareAddress(text, at, bracketed) {
  if (bracketed) {
    const found = /^<([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+)>/.exec(text.slice(at, at + ADDRESS_MAX));
    const href = found && safeAddress(found[1]);
    return href ? { href, shown: found[1], length: found[0].length } : null;
  }
  if (at > 0 && /[\p{L}\p{N}_/]/u.test(text[at - 1])) return null;
  const found = /^https?:\/\/[^\s<>"`*]+/.exec(text.slice(at, at + ADDRESS_MAX));
  if (!found) return null;
  let shown = found[0].replace(/[.,:;!?'_~]+$/, "");
  while (shown.endsWith(")") && count(shown, ")") > count(shown, "(")) shown = shown.slice(0, -1);
  shown = shown.replace(/[\].,:;!?'_~]+$/, "");
  const href = /^https?:\/\/[^/]/.test(shown) ? safeAddress(shown) : undefined;
  return href ? { href, shown, length: shown.length } : null;
}

const count = (text, c) => text.split(c).length - 1;

/** Pairs runs of marks: pieces → a flat list with {type: "open"|"close"} put in. */
function emphasised(pieces, unfinished) {
  const openers = []; // runs that may still be closed, as {run, i}
  const around = new Map(); // index of a piece → marks to put before ("open") or behind ("close") it
  const put = (i, mark) => {
    if (!around.has(i)) around.set(i, []);
    around.get(i).push(mark);
  };
  for (let i = 0; i < pieces.length; i++) {
    const run = pieces[i];
    if (run.type !== "run") continue;
    while (run.closes && run.left > 0) {
      let k = openers.length - 1;
      while (k >= 0 && !pair(openers[k].run, run)) k--;
      if (k < 0) break;
      const opener = openers[k];
      openers.length = k + 1;
      const strong = opener.run.left >= 2 && run.left >= 2;
      const type = run.mark === "~" ? "del" : strong ? "strong" : "em";
      put(opener.i, { type: "open", of: type });
      put(i, { type: "close", of: type });
      opener.run.left -= strong ? 2 : 1;
      run.left -= strong ? 2 : 1;
      if (opener.run.left === 0) openers.pop();
    }
    if (run.opens && run.left > 0) {
      openers.push({ run, i });
      if (openers.length > 256) openers.shift();
    }
  }
  const unclosed = unfinished ? openers.filter(({ run }) => run.left <= 3) : [];
  return spread(pieces, around, unclosed);
}

/** CommonMark's rule of three keeps `**a*b**` apart. */
function pair(opener, closer) {
  if (opener.mark !== closer.mark) return false;
  const both = opener.closes || closer.opens;
  return !both || (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

function spread(pieces, around, unclosed) {
  const flat = [];
  const atEnd = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece.type === "bracket") flat.push(piece.mark);
    else if (piece.type !== "run") flat.push(piece);
    else {
      const marks = around.get(i) ?? [];
      flat.push(...marks.filter((mark) => mark.type === "close"));
      if (unclosed.some((each) => each.i === i)) {
        const type = piece.mark === "~" ? "del" : piece.left >= 2 ? "strong" : "em";
        flat.push({ type: "open", of: type });
        atEnd.unshift({ type: "close", of: type });
      } else if (piece.left > 0) flat.push(piece.mark.repeat(piece.left));
      // The last pair made is the outermost one.
      flat.push(...marks.filter((mark) => mark.type === "open").reverse());
    }
  }
  return flat.concat(atEnd);
}

/** A flat list with marks → a tree; neighbouring strings are joined. */
function nested(flat) {
  const root = { children: [] };
  const stack = [root];
  let tooDeep = 0;
  for (const piece of flat) {
    const top = stack[stack.length - 1].children;
    if (piece.type === "open") {
      if (stack.length > DEPTH_MAX) tooDeep++;
      else {
        const node = { type: piece.of, children: [] };
        top.push(node);
        stack.push(node);
      }
    } else if (piece.type === "close") {
      if (tooDeep > 0) tooDeep--;
      else if (stack.length > 1) stack.pop();
    } else if (typeof piece === "string" && typeof top[top.length - 1] === "string") {
      top[top.length - 1] += piece;
    } else if (piece !== "") top.push(piece);
  }
  return root.children;
}
