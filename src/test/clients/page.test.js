// Goal: the page at / is a chat that holds on: what was sent and said is there, once, whatever the
// network, other tabs and a model's words do. Method: Chromium before a whole server; a proxy that
// can be cut lies between them where the network is the point.
//
// SERVER: its address; CHROMIUM: the browser's path; SHOTS: a directory for pictures to look at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { Line } from "./page-line.js";

const { SERVER, CHROMIUM, SHOTS } = process.env;
const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const PATIENCE_MS = 20_000;
const TEXT = { exact: true };
const counted = (to) => Array.from({ length: to }, (_, i) => i + 1).join(" ");

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
});
after(() => browser.close());

/** A page of a new visitor, or of one that is there; what its console complains of fails the test. */
async function visit(t, { at = SERVER, path = "/", context, ...options } = {}) {
  const visitor = context ?? (await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce", ...options }));
  const wrong = [];
  t.after(async () => {
    if (!context) await visitor.close();
    assert.deepEqual(wrong, [], "the browser's console is clean");
  });
  visitor.setDefaultTimeout(PATIENCE_MS);
  const page = await visitor.newPage();
  page.on("pageerror", (error) => wrong.push(error.stack));
  page.on("console", (message) => {
    // An answer that is a problem, or a connection that is cut, is told here too; both are meant.
    const network = /^(Failed to load resource|WebSocket connection)/.test(message.text());
    if (message.type() === "error" && !network) wrong.push(message.text());
  });
  await page.goto(at + path);
  return page;
}

const writer = (page) => page.getByLabel("Message", TEXT);
const answers = (page) => page.locator("article.answer");
const status = (page) => page.locator("li.exchange").last().getAttribute("data-status");
const link = (page, name) => page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name });

async function say(page, text) {
  await writer(page).fill(text);
  await writer(page).press("Enter");
}

async function until(what, holds) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((soon) => setTimeout(soon, 25));
  }
}

const ended = (page, n = 1) => page.locator("li.exchange[data-status=completed]").nth(n - 1).waitFor();
const words = (page, n = 0) => answers(page).nth(n).locator(".markdown").textContent();
const shot = (page, name) => page.screenshot({ path: `${SHOTS}/${name}.png` });

// Most of their time is a model's pace: they can run beside each other.
describe("the page", { concurrency: 3 }, () => {
test("a chat: sent by Enter, streamed, kept under its address, listed, deleted", async (t) => {
  const page = await visit(t);
  await say(page, "slowly count to 8");
  await page.getByText("You said").waitFor({ state: "attached" });
  await until("it streams", async () => /^1 2/.test(await words(page)));
  assert.equal(await answers(page).first().getAttribute("aria-busy"), "true");
  assert.equal(await page.locator("[role=status][aria-live=polite]").textContent(), "", "no token is announced");
  await ended(page);
  assert.equal(await words(page), counted(8));
  assert.equal(await page.locator("[role=status][aria-live=polite]").textContent(), `Answer: ${counted(8)}`);
  assert.match(await page.locator(".figures").textContent(), /first words .* s · done .* s · ≈ \d+ tokens in, \d+ out/);
  assert.match(page.url(), /#\/c\/[\w-]+$/);
  await page.getByText("Rehearsal: not a real model").waitFor();

  await say(page, "what did I say");
  await ended(page, 2);
  assert.match(await words(page, 1), /slowly count to 8/);
  await page.getByRole("link", { name: "New conversation" }).first().click();
  await page.getByText("What can I do for you?").waitFor();
  await say(page, "say: second");
  await ended(page);
  await link(page, "slowly count to 8").click();
  await ended(page, 2);
  assert.equal(await words(page), counted(8));
  await page.reload();
  await ended(page, 2);
  assert.match(await page.locator(".figures").first().textContent(), /tokens in/, "also after a reload");

  await page.getByRole("button", { name: "Delete “say: second”" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await link(page, "say: second").waitFor();
  await page.getByRole("button", { name: "Delete “slowly count to 8”" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await link(page, "slowly count to 8").waitFor({ state: "detached" });
  await page.getByText("What can I do for you?").waitFor();
});

test("an answer stops at the button and at Escape, and what was said stays", async (t) => {
  const page = await visit(t);
  for (const [n, stop] of [() => page.getByRole("button", { name: "Stop", exact: true }).click(), () => page.keyboard.press("Escape")].entries()) {
    await say(page, "slowly count to 200");
    await until("it streams", async () => (await answers(page).count()) > n && /^1 2/.test(await words(page, n)));
    await stop();
    await page.locator("li.exchange[data-status=cancelled]").nth(n).waitFor();
    assert.match(await words(page, n), /^1 2/);
    assert.equal(await answers(page).nth(n).locator(".note").textContent(), "Stopped.");
  }
  assert.equal(await page.getByRole("button", { name: "Stop", exact: true }).count(), 0);
  await page.reload();
  await page.locator(".note", { hasText: "Stopped." }).nth(1).waitFor();
});

test("a reload in mid-stream goes on with the same answer", async (t) => {
  const page = await visit(t);
  await say(page, "slowly count to 25");
  await until("it streams", async () => /^1 2 3/.test(await words(page)));
  await page.reload();
  await until("it goes on", async () => (await answers(page).count()) === 1 && /^1 2 3/.test(await words(page)));
  assert.equal(await status(page), "running");
  await ended(page);
  assert.equal(await words(page), counted(25));
  assert.equal(await page.locator(".bubble").count(), 1);
});

test("a connection that is cut is said, taken up again, and loses and doubles nothing", async (t) => {
  const line = await Line.to(SERVER);
  try {
    const page = await visit(t, { at: line.address });
    await say(page, "slowly count to 24");
    await until("it streams", async () => /^1 2/.test(await words(page)));
    line.cut();
    await page.getByText("The connection is lost. Reconnecting").waitFor();
    await shot(page, "reconnecting");
    line.mend();
    await page.getByText("The connection is lost").waitFor({ state: "hidden" });
    const before = (await words(page)).length;
    await until("it goes on", async () => (await words(page)).length > before);
    await page.context().setOffline(true);
    line.drop();
    await page.locator(".bar-note").waitFor();
    await page.context().setOffline(false);
    await ended(page);
    assert.equal(await words(page), counted(24));
    assert.equal(await page.locator(".bubble").count(), 1);

    line.cut();
    await say(page, "say: sent while the line was cut");
    await page.getByText("Sending …").waitFor();
    const address = page.url();
    await page.goto("about:blank");
    line.mend();
    await page.goto(address);
    await ended(page, 2);
    assert.equal(await words(page, 1), "sent while the line was cut", "a reload sends what was on its way");
    assert.equal(await page.locator(".bubble").count(), 2);
  } finally {
    line.close();
  }
});

test("two tabs on one conversation show the same, whoever speaks", async (t) => {
  const one = await visit(t);
  await say(one, "say: from one");
  await ended(one);
  const two = await visit(t, { context: one.context(), path: new URL(one.url()).hash });
  await ended(two);
  await say(one, "slowly count to 10");
  await until("the other streams, too", async () => (await answers(two).count()) === 2 && /^1 2/.test(await words(two, 1)));
  await say(two, "say: from two");
  for (const page of [one, two]) {
    await ended(page, 3);
    assert.deepEqual(await page.locator(".bubble p").allTextContents(), ["say: from one", "slowly count to 10", "say: from two"]);
    assert.deepEqual(await answers(page).locator(".markdown").allTextContents(), ["from one", counted(10), "from two"]);
  }
});

const bubbles = (page) => page.locator(".bubble p").allTextContents();

test("two tabs that speak at once, or push ahead, show one order, the server's", async (t) => {
  const one = await visit(t);
  await say(one, "slowly count to 40");
  await until("it streams", async () => /^1 2/.test(await words(one)));
  const two = await visit(t, { context: one.context(), path: new URL(one.url()).hash });
  await until("the other streams, too", async () => (await answers(two).count()) === 1 && /^1 2/.test(await words(two)));
  await Promise.all([say(one, "say: a1"), say(two, "say: b1")]);
  await Promise.all([say(one, "say: a2"), say(two, "say: b2")]);
  for (const page of [one, two]) await until("four wait", async () => (await page.locator("li.exchange[data-status=queued]").count()) === 4);
  await two.getByTitle("While an answer is under way …").click();
  await two.getByRole("radio", { name: "It goes first" }).check();
  await say(two, "say: ahead");
  for (const page of [one, two]) await ended(page, 5);
  await until("both show the same", async () => JSON.stringify(await bubbles(one)) === JSON.stringify(await bubbles(two)));
  const first = await bubbles(one);
  assert.deepEqual(first.slice(0, 2), ["slowly count to 40", "say: ahead"]);
  await one.reload();
  await ended(one, 5);
  assert.deepEqual(await bubbles(one), first, "as it is stored");
});

test("messages wait their turn, are refused with a reason, and go out again under their key", async (t) => {
  const page = await visit(t);
  const keys = [];
  page.on("request", (request) => request.method() === "POST" && /turns$/.test(request.url()) && keys.push(request.postDataJSON().key));
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => String(payload).includes('"submit"') && keys.push(JSON.parse(payload).key)));
  await say(page, "slowly count to 600");
  await until("it streams", async () => /^1/.test(await words(page)));
  for (let n = 1; n <= 5; n++) await say(page, `say: number ${n}`);
  await page.getByText("Waiting, position 4").waitFor();
  await page.getByText("Not sent.").waitFor();
  assert.equal(await page.locator("li.exchange[data-status=queued]").count(), 4);
  await page.getByRole("button", { name: "Cancel this message that waits" }).last().click();
  await page.locator("li.exchange[data-status=cancelled]").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await until("it waits now", async () => (await page.locator("li.exchange[data-status=queued]").count()) === 4);
  assert.equal(keys.at(-1), keys.at(-2), "the same key");
  await page.keyboard.press("Escape");
  await ended(page, 4);
  const said = await answers(page).locator(".markdown").allTextContents();
  assert.deepEqual(said.filter((text) => text.startsWith("number")), ["number 1", "number 2", "number 3", "number 5"]);
});

test("a choice for a message that is sent meanwhile is named, and holds for that one; one goes on writing after it", async (t) => {
  const page = await visit(t);
  const focused = () => page.evaluate(() => document.activeElement.id);
  const writes = (what) => until(what, async () => (await focused()) === "message");
  const chip = page.getByRole("button", { name: /It goes first/ });
  const choose = async () => {
    await page.getByTitle("While an answer is under way …").click();
    await page.getByRole("radio", { name: "It goes first" }).check();
  };
  await say(page, "slowly count to 600");
  await until("it streams", async () => /^1/.test(await words(page)));
  await choose();
  await chip.click();
  await chip.waitFor({ state: "hidden" });
  await writes("after the choice is taken back");
  await say(page, "say: it waits");
  await page.getByText("Waiting, position 1").waitFor();
  await page.getByRole("button", { name: "Cancel this message that waits" }).click();
  await page.locator("li.exchange[data-status=cancelled]").waitFor();
  await writes("after a cancel");
  await choose();
  await say(page, "slowly count to 500");
  await chip.waitFor({ state: "hidden" });
  await page.locator(".note", { hasText: "Stopped for a newer message." }).waitFor();
  await until("the new one streams", async () => (await status(page)) === "running");
  await say(page, "say: it waits, too");
  await page.getByText("Waiting, position 1").waitFor();
  await page.getByRole("button", { name: "Cancel this message that waits" }).click();

  const escape = (how) => writer(page).evaluate((it, init) => it.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true, ...init })), how);
  const length = (await page.locator(".thread").textContent()).length;
  await escape({ isComposing: true });
  await escape({ keyCode: 229 });
  await until("it goes on", async () => (await page.locator(".thread").textContent()).length > length + 20);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.locator(".note", { hasText: "Stopped." }).last().waitFor();
  await writes("after a stop");
});

test("what is held up says why and can be taken back; a conversation that could not be read comes by itself", async (t) => {
  const line = await Line.to(SERVER);
  try {
    const page = await visit(t, { at: line.address });
    await say(page, "say: hello");
    await ended(page);
    line.cut();
    await say(page, "say: never mind");
    await page.getByText("Sending … The server can't be reached.").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await say(page, "say: keep this");
    const other = new URL(page.url()).hash;
    await page.evaluate(() => (location.hash = "#/new"));
    await page.getByText("What can I do for you?").waitFor();
    await page.evaluate((to) => (location.hash = to), other);
    await page.getByText("It could not be read").waitFor();
    assert.match(await page.locator(".empty").textContent(), /The server can't be reached\./);
    assert.deepEqual(await bubbles(page), ["say: keep this"]);
    line.mend();
    await ended(page, 2);
    assert.deepEqual(await bubbles(page), ["say: hello", "say: keep this"]);
    await page.getByText("It could not be read").waitFor({ state: "hidden" });
  } finally {
    line.close();
  }
});

test("a conversation that was deleted elsewhere says so and gets no message any more", async (t) => {
  const page = await visit(t, { path: "/#/c/%" });
  await page.getByText("What can I do for you?").waitFor();
  await say(page, "say: short-lived");
  await ended(page);
  const id = /[\w-]+$/.exec(page.url())[0];
  assert.equal((await fetch(`${SERVER}/api/conversations/${id}`, { method: "DELETE" })).ok, true);
  if (!(await writer(page).isDisabled())) await say(page, "say: is anybody there?");
  await page.getByText("This conversation was deleted").waitFor();
  assert.equal(await writer(page).isDisabled(), true);
  await link(page, "say: short-lived").waitFor({ state: "detached" });
  assert.equal((await fetch(`${SERVER}/api/conversations/${id}`)).status, 404, "it is not made anew");
});

test("what joins an answer stands between what was said before it and after it", async (t) => {
  const page = await visit(t);
  await say(page, "slowly count to 30");
  await until("it streams", async () => /^1 2/.test(await words(page)));
  await page.getByTitle("While an answer is under way …").click();
  await page.getByRole("radio", { name: "It joins the answer" }).check();
  await say(page, "say: joined");
  await ended(page);
  const parts = await page.locator(".parts > *").allTextContents();
  assert.deepEqual(parts, [counted(30), "You saidsay: joined", "joined"]);
  assert.equal(await page.locator("li.exchange").count(), 1);
});

test("a failed turn says why and can be asked again", async (t) => {
  const page = await visit(t);
  await page.getByRole("radio", { name: "broken" }).check();
  await say(page, "hello");
  await page.getByText("No answer:").waitFor();
  assert.match(await page.getByRole("group", { name: "This failed" }).textContent(), /No answer: .{10,}/);
  await page.getByRole("button", { name: "Ask again" }).click();
  await page.getByText("No answer:").nth(1).waitFor();
  await page.reload();
  await page.getByText("No answer:").nth(1).waitFor();
});

test("a model's words are never more than words", async (t) => {
  const page = await visit(t);
  const hostile = [
    "<script>window.hit = 1</script> <img src=x onerror=\"window.hit = 1\"> &lt;b onclick=alert(1)&gt;",
    "[a](javascript:window.hit=1) [b](&#106;avascript:window.hit=1) [c](data:text/html,<script>1</script>) <javascript:window.hit=1>",
    "[good](https://example.com/?a=<b>) <svg/onload=window.hit=1> ![p](https://example.com/p.png)",
    "| <iframe src=javascript:window.hit=1> |\n|---|\n| <a href=\"javascript:window.hit=1\">x</a> |",
    "```html\n<script>window.hit = 1</script>\n```",
  ].join("\n\n");
  await say(page, `say: ${hostile}`);
  await ended(page);
  const markdown = answers(page).locator(".markdown");
  const text = await markdown.textContent();
  for (const part of ["<script>window.hit = 1</script>", "<img src=x onerror=\"window.hit = 1\">", "<b onclick=alert(1)>", "(javascript:window.hit=1)", "<iframe src=javascript", "<svg/onload"]) {
    assert.ok(text.includes(part), part);
  }
  assert.equal(await markdown.locator("script, img, svg:not(.icon), iframe, [onclick], [onerror], [onload]").count(), 0);
  for (const to of await markdown.locator("a").all()) {
    assert.match(await to.getAttribute("href"), /^https:\/\/example\.com\//);
    assert.match(await to.getAttribute("rel"), /noopener/);
  }
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator(".bubble p").textContent(), `say: ${hostile}`.trim());
  await page.getByRole("button", { name: "Copy the html code" }).click();
});

test("on a phone the list is a drawer, and nothing is wider than the screen", async (t) => {
  const page = await visit(t, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const narrow = async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  await say(page, `say: ${"wide".repeat(60)}\n\n| ${"a | ".repeat(20)}\n|${"---|".repeat(20)}\n| ${"cell | ".repeat(20)}\n\n\`\`\`\n${"code ".repeat(60)}\n\`\`\``);
  await ended(page);
  await narrow();
  const list = page.getByRole("complementary", { name: "Conversations" });
  assert.equal(await list.isVisible(), false);
  await page.getByRole("button", { name: "Show the list of conversations" }).click();
  await link(page, /^say: wide/).waitFor();
  await narrow();
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Show the list of conversations" }).click();
  await page.getByRole("link", { name: "New conversation" }).first().click();
  await list.waitFor({ state: "hidden" });
  await narrow();
});

test("everything can be reached by keys, and drafts stay with their conversation", async (t) => {
  const page = await visit(t);
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);
  await until("one can write at once", async () => (await focused()) === "message");
  await page.keyboard.type("say: one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await ended(page);
  assert.equal(await words(page), "one\ntwo");
  await page.keyboard.type("a draft");
  const skip = page.getByRole("link", { name: "Skip to the message" });
  await skip.focus();
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "message");
  await skip.focus();
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "New conversation");
  await page.keyboard.press("Enter");
  await page.getByText("What can I do for you?").waitFor();
  assert.equal(await writer(page).inputValue(), "");
  await link(page, "say: one").focus();
  await page.keyboard.press("Enter");
  await until("the draft is back", async () => (await writer(page).inputValue()) === "a draft");

  await page.keyboard.press("Tab"); // the menu of what happens while an answer is under way
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getByRole("radio", { name: "It joins the answer" }).isChecked(), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("radio", { name: "It joins the answer" }).count(), 0);

  await page.getByRole("button", { name: "Delete “say: one" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await link(page, "say: one").waitFor({ state: "detached" });
});

test("one looks at the end as long as one stays there", async (t) => {
  const page = await visit(t, { viewport: { width: 900, height: 500 } });
  await say(page, "write 5000 words");
  const scroller = page.getByRole("region", { name: "Conversation", exact: true });
  const gap = () => scroller.evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight);
  await until("it is longer than the screen", () => scroller.evaluate((it) => it.scrollHeight > it.clientHeight + 200));
  assert.ok((await gap()) < 64);
  await scroller.hover();
  await page.mouse.wheel(0, -150);
  const jump = page.getByRole("button", { name: "Jump to latest" });
  await jump.waitFor();
  const top = await scroller.evaluate((it) => it.scrollTop);
  const length = (await words(page)).length;
  await until("more is said", async () => (await words(page)).length > length + 200);
  assert.equal(await scroller.evaluate((it) => it.scrollTop), top, "what is read stays where it is");
  await jump.click();
  await until("at the end again", async () => (await gap()) < 64);
  assert.equal(await page.evaluate(() => document.activeElement.id), "message");
  await page.keyboard.press("Escape");
  await page.locator("li.exchange[data-status=cancelled]").waitFor();
});

/** The least contrast of a text to what lies behind it, and which text that is. */
function leastContrast(root) {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let least = [21, ""];
  for (const element of root.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || element.closest(".sr") || element.getClientRects().length === 0 || element.closest(":disabled")) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 80)];
  }
  return least;
}

const SAMPLE = [
  "# Planning the crossing",
  "A ship's **load line** says how much it can *safely* carry. In short, with [a source](https://example.com/load-line) and `inline code`:",
  "1. Check the weather window\n   - wind under 25 kn\n   - swell under **2 m**\n2. Compute the draught",
  "```python\ndef draught(mass, area, density=1025):\n    \"\"\"Metres below the water line.\"\"\"\n    return mass / (area * density)\n```",
  "| zone | mark | freeboard |\n| :--- | :---: | ---: |\n| Tropical | T | 1.20 m |\n| Winter | W | 1.31 m |",
  "> Never load beyond the mark.",
].join("\n\n");

test("dark and light follow the system, or what one chose, and both can be read", async (t) => {
  const page = await visit(t, { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await say(page, "say: Good morning! Shall we plan the crossing?");
  await ended(page);
  await say(page, `say: ${SAMPLE}`);
  await ended(page, 2);
  await say(page, "slowly count to 300");
  await until("it streams", async () => (await answers(page).count()) === 3 && /^1 2/.test(await words(page, 2)));
  await say(page, "say: and then?");
  const light = await ground();
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    const [ratio, where] = await page.evaluate(`(${leastContrast})(document.body)`);
    assert.ok(ratio >= 4.5, `${scheme}: ${ratio.toFixed(2)} at ${where}`);
    await shot(page, scheme);
  }
  assert.notEqual(await ground(), light);
  await page.getByRole("button", { name: "Switch to the light theme" }).click();
  assert.equal(await ground(), light);
  await page.reload();
  assert.equal(await ground(), light, "it is remembered");
  await page.setViewportSize({ width: 360, height: 740 });
  await answers(page).nth(2).waitFor();
  await shot(page, "phone");
  await page.getByRole("button", { name: "Show the list of conversations" }).click();
  await shot(page, "phone-list");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.locator(".note", { hasText: "Stopped." }).waitFor();
});

test("where a key is needed the page asks for it once, and keeps it as long as it was told to", async (t) => {
  const page = await visit(t, { path: "/console/icon.svg" });
  const guarded = (route) =>
    route.request().headers().authorization === "Bearer right-key"
      ? route.continue()
      : route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ type: "urn:loadline:problem:unauthenticated", title: "no", status: 401, code: "unauthenticated", retryable: false }) });
  await page.context().route("**/api/**", guarded);
  await page.goto(SERVER);
  const key = page.getByLabel("Your API key");
  await shot(page, "sign-in");
  await key.fill("wrong-key");
  await key.press("Enter");
  await page.getByText("This key is not known here.").waitFor();
  await key.fill("right-key");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("local/dev").waitFor();
  await page.reload();
  await page.getByText("local/dev").waitFor();
  const other = await page.context().newPage();
  await other.goto(SERVER);
  await other.getByLabel("Your API key").fill("right-key");
  await other.getByLabel("Remember it in this browser").check();
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByText("local/dev").waitFor();
  const third = await page.context().newPage();
  await third.goto(SERVER);
  await third.getByRole("button", { name: "Sign out" }).click();
  await third.getByLabel("Your API key").waitFor();
});

test("what one person wrote and did not send is never another's", async (t) => {
  const line = await Line.to(SERVER);
  try {
    const page = await visit(t, { path: "/console/icon.svg" });
    let known = "ann";
    const no = { type: "urn:loadline:problem:unauthenticated", title: "no", status: 401, code: "unauthenticated", retryable: false };
    await page.context().route("**/api/**", (route) => {
      const key = route.request().headers().authorization?.slice("Bearer ".length);
      if (key !== known) return route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(no) });
      if (!route.request().url().endsWith("/api/me")) return route.continue();
      return route.fulfill({ contentType: "application/json", body: JSON.stringify({ principal: `local/${key}`, roles: ["user"], quotas: {}, used: {} }) });
    });
    const signIn = async (key) => {
      await page.getByLabel("Your API key").fill(key);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText(`local/${key}`).waitFor();
    };
    await page.goto(line.address);
    await signIn("ann");
    await say(page, "say: hello");
    await ended(page);
    const address = page.url();
    line.cut();
    await say(page, "say: ann's secret");
    await page.getByText("Sending …").waitFor();
    await writer(page).fill("ann's draft");
    known = "bob";
    await page.goto("about:blank");
    line.mend();
    await page.goto(address);
    await page.getByText("This key is not known here.").waitFor();
    await signIn("bob");
    await ended(page);
    assert.equal(await writer(page).inputValue(), "");
    await say(page, "say: I am bob");
    await ended(page, 2);
    assert.deepEqual(await bubbles(page), ["say: hello", "say: I am bob"]);
    await writer(page).fill("bob's draft");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Your API key").waitFor();
    known = "ann";
    await signIn("ann");
    await page.goto(address);
    await ended(page, 3);
    assert.deepEqual(await bubbles(page), ["say: hello", "say: I am bob", "say: ann's secret"], "ann's goes out as ann");
    assert.equal(await writer(page).inputValue(), "ann's draft");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Your API key").waitFor();
    assert.deepEqual(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]), []);
  } finally {
    line.close();
  }
});
});
