// Goal: a model's words become the blocks that they mean, never anything that runs, and the same
// however they come in. Method: text against trees; no browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, reader } from "./console/markdown/blocks.js";
import { inline, safeAddress, words } from "./console/markdown/inline.js";

/** Trees in short: `p(…)`, `ul(li(…))`, so that a test shows what it means. */
function short(blocks) {
  return blocks.map(one).join(" ");
}

function one(block) {
  switch (block.type) {
    case "paragraph": return `p(${flat(inline(block.text))})`;
    case "heading": return `h${block.level}(${flat(inline(block.text))})`;
    case "code": return `code${block.open ? "…" : ""}(${block.language}|${block.text})`;
    case "rule": return "hr";
    case "quote": return `quote(${short(block.blocks)})`;
    case "table": return `table(${block.align.join(",")}|${[block.head, ...block.rows].map((row) => row.join(";")).join("|")})`;
    case "list": {
      const items = block.items.map((item) => `li${item.task === undefined ? "" : item.task ? "[x]" : "[ ]"}(${short(item.blocks)})`);
      return `${block.ordered ? `ol${block.start === 1 ? "" : block.start}` : "ul"}${block.tight ? "" : "~"}(${items.join(" ")})`;
    }
  }
}

function flat(nodes) {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      if (node.type === "break") return "<br>";
      if (node.type === "code") return `<code:${node.text}>`;
      return `<${node.type}${node.href ? "=" + node.href : ""}:${flat(node.children)}>`;
    })
    .join("");
}

const blocks = (text) => short(parse(text));
const line = (text, unfinished) => flat(inline(text, unfinished));

function holds(read, cases) {
  for (const [text, expected] of Object.entries(cases)) assert.equal(read(text), expected, JSON.stringify(text));
}

test("blocks stand apart by blank lines, marks and fences", () => {
  holds(blocks, {
    "": "",
    "a\nb\n\nc": "p(a\nb) p(c)",
    "a\r\nb\r\n\r\nc": "p(a\nb) p(c)",
    "# One\n## Two ##\n####### no": "h1(One) h2(Two) p(####### no)",
    "#tag": "p(#tag)",
    "text\n# head\ntext": "p(text) h1(head) p(text)",
    "a\n---\nb": "p(a) hr p(b)",
    "***": "hr",
    "> a\n> b\nlazy\n\nc": "quote(p(a\nb\nlazy)) p(c)",
    "> a\n>\n> - b": "quote(p(a) ul(li(p(b))))",
    "```js\na\n\n# b\n```\nc": "code(js|a\n\n# b) p(c)",
    "~~~\n```\n~~~": "code(|```)",
    "````\n```\n````": "code(|```)",
    "```js\nopen": "code…(js|open)",
    "a `b` c ``` d": "p(a <code:b> c ``` d)",
  });
});

test("lists nest, count from where they begin, and know tight from loose", () => {
  holds(blocks, {
    "- a\n- b": "ul(li(p(a)) li(p(b)))",
    "- a\n\n- b": "ul~(li(p(a)) li(p(b)))",
    "- a\n\n  b\n- c": "ul~(li(p(a) p(b)) li(p(c)))",
    "3. a\n4. b": "ol3(li(p(a)) li(p(b)))",
    "1. a\n   - b\n   - c\n2. d": "ol(li(p(a) ul(li(p(b)) li(p(c)))) li(p(d)))",
    "1. a\n  - b\n2. c": "ol(li(p(a) ul(li(p(b)))) li(p(c)))",
    "- a\n  - b\n    - c\n- d": "ul(li(p(a) ul(li(p(b) ul(li(p(c)))))) li(p(d)))",
    "- a\n* b": "ul(li(p(a))) ul(li(p(b)))",
    "- a\n  ```sh\n  x\n\n  y\n  ```\n- b": "ul(li(p(a) code(sh|x\n\ny)) li(p(b)))",
    "- [x] a\n- [ ] b": "ul(li[x](p(a)) li[ ](p(b)))",
    "text\n- a": "p(text) ul(li(p(a)))",
    "In\n1986. It": "p(In\n1986. It)",
    "1. a\n\ntext\n\n2. b": "ol(li(p(a))) p(text) ol2(li(p(b)))",
    "-": "ul(li())",
    "-no": "p(-no)",
  });
});

test("tables have a head, sides and as many cells as the head", () => {
  holds(blocks, {
    "| a | b |\n|---|--:|\n| 1 | 2 | 3 |\n| 4 |\n\nx": "table(,right|a;b|1;2|4;) p(x)",
    "a | b\n:-: | :-\n`x|y` | \\|": "table(center,left|a;b|`x|y`;|)",
    "text\n| a |\n|---|\n| 1 |": "p(text) table(|a|1)",
    "a | b\n---": "p(a | b) hr",
    "a | b\n--- | --- | ---": "p(a | b\n--- | --- | ---)",
  });
});

test("emphasis, code, links and breaks inside of a line", () => {
  holds(line, {
    "*a* **b** ***c*** ~~d~~": "<em:a> <strong:b> <em:<strong:c>> <del:d>",
    "_a_ __b__ snake_case_name 2 * 3 * 4": "<em:a> <strong:b> snake_case_name 2 * 3 * 4",
    "**a *b* c**": "<strong:a <em:b> c>",
    "*a **b** c*": "<em:a <strong:b> c>",
    "**a": "**a",
    "a ~ b ~c~": "a ~ b ~c~",
    "`a * b` ``c ` d`` `e": "<code:a * b> <code:c ` d> `e",
    "[a **b**](https://x.org/y_(z) \"t\")": "<link=https://x.org/y_(z):a <strong:b>>",
    "[a](<https://x.org/b>)": "<link=https://x.org/b:a>",
    "see https://x.org/a_b(c), or (https://y.org).": "see <link=https://x.org/a_b(c):https://x.org/a_b(c)>, or (<link=https://y.org/:https://y.org>).",
    "<https://x.org> <mailto:a@x.org>": "<link=https://x.org/:https://x.org> <link=mailto:a@x.org:mailto:a@x.org>",
    "![picture](https://x.org/p.png)": "<link=https://x.org/p.png:picture>",
    "a  \nb\\\nc\nd": "a<br>b<br>c\nd",
    "\\*a\\* \\x &amp; &lt;b&gt; &#65; &nope; &": "*a* \\x & <b> A &nope; &",
    "[a] [b](c d) [": "[a] [b](c d) [",
  });
});

test("only what can be followed safely is a link; the rest is shown as it was written", () => {
  const bad = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "\u0001javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:https://x.org/1",
    "//x.org", "/api/me", "x", "#", "", "https://", "about:blank",
  ];
  for (const address of bad) assert.equal(safeAddress(address), undefined, address);
  assert.equal(safeAddress("HTTPS://X.org/ä?b=c#d"), "https://x.org/%C3%A4?b=c#d");
  holds(line, {
    "[x](javascript:alert(1))": "[x](javascript:alert(1))",
    "[x](javascript&#58;alert(1))": "[x](javascript&#58;alert(1))",
    "[x](java&#x09;script:alert(1))": "[x](java&#x09;script:alert(1))",
    "![x](data:image/svg+xml,a)": "![x](data:image/svg+xml,a)",
    "<javascript:alert(1)>": "<javascript:alert(1)>",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "[a [b](https://x.org) c](https://y.org)": "[a <link=https://x.org/:b> c](<link=https://y.org/:https://y.org>)",
  });
  assert.equal(blocks("<script>alert(1)</script>\n\n<div onclick=x>"), "p(<script>alert(1)</script>) p(<div onclick=x>)");
});

test("what is still being written shows as what it will be", () => {
  const open = (text) => line(text, true);
  holds(open, {
    "a **bo": "a <strong:bo>",
    "a *b **c": "a <em:b <strong:c>>",
    "a `co": "a <code:co>",
    "a **": "a ",
    "a `": "a ",
    "see [the docs](https://x.or": "see the docs",
    "see [the docs](": "see the docs",
    "2 * 3": "2 * 3",
  });
});

const LONG = [
  "# Title\n\nText with **bold**,\n`code` and [link](https://x.org).\n\n",
  "1. one\n   - two\n\n   para\n2. three\n\n```js\nlet a = 1;\n\n// b\n```\n",
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n> - item\n\n---\n- x\n- y\n\nEnd *here*",
].join("");

test("text that grows piece by piece ends as the same blocks, and settled blocks stay the same objects", () => {
  for (const size of [1, 2, 3, 7, 50]) {
    const read = reader();
    let before = [];
    for (let end = size; end < LONG.length + size; end += size) {
      const now = read.blocks(LONG.slice(0, end));
      for (let i = 0; i < before.length - 1; i++) assert.equal(now[i], before[i], `block ${i} at ${end}`);
      before = now;
    }
    assert.deepEqual(before, parse(LONG), `in pieces of ${size}`);
  }
});

test("a text that is replaced by another is read anew", () => {
  const read = reader();
  read.blocks("# a\n\nb");
  assert.equal(short(read.blocks("c\n\nd")), "p(c) p(d)");
  assert.equal(short(read.blocks("")), "");
});

test("hostile text is read in time that grows with its length, and not too deep", () => {
  const hostile = [
    ">".repeat(20_000), "- ".repeat(20_000), "*a ".repeat(20_000), "**a _b ".repeat(10_000), "[".repeat(50_000), "[a](".repeat(10_000),
    "`".repeat(50_000), Array.from({ length: 300 }, (_, i) => "`".repeat(i + 1)).join(" "), "![".repeat(20_000), "&#".repeat(20_000),
    "|".repeat(20_000) + "\n" + "|-".repeat(10_000), "a\n".repeat(20_000), "#".repeat(20_000), "***".repeat(10_000) + "a" + "***".repeat(10_000),
    " ".repeat(50_000) + "x", "a" + " ".repeat(50_000) + "b", "- a\n" + "  ".repeat(5_000) + "b", "*".repeat(50_000), "https://" + "(".repeat(50_000), "_a".repeat(20_000),
  ];
  for (const text of hostile) {
    const begun = performance.now();
    words(parse(text).flatMap((block) => (block.text === undefined ? [] : inline(block.text, true))));
    const ms = performance.now() - begun;
    assert.ok(ms < 1000, `${JSON.stringify(text.slice(0, 12))}… took ${Math.round(ms)} ms`);
  }
});
