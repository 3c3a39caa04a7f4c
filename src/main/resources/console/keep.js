// What this browser keeps: the API key, drafts, messages on their way, the theme. A browser that
// keeps nothing (storage switched off, or full) only forgets. What somebody wrote is kept under the
// name of the one who wrote it, and nobody else is shown it or sends it.

const TOKEN = "loadline.key";
const THEME = "loadline.theme";
let owner = "";
const name = (what) => `loadline.${what}:${encodeURIComponent(owner)}`;
const unsentName = () => name("unsent");
const draftOf = (conversation) => `${name("draft")}:${conversation}`;

function read(storage, at) {
  try {
    return storage().getItem(at) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage, at, value) {
  try {
    if (value === undefined || value === "") storage().removeItem(at);
    else storage().setItem(at, value);
  } catch {
    // forgotten
  }
}

function names(storage) {
  try {
    return Object.keys(storage());
  } catch {
    return [];
  }
}

const here = () => sessionStorage; // this tab, also after a reload
const always = () => localStorage;

export function token() {
  return read(here, TOKEN) ?? read(always, TOKEN);
}

export function keepToken(value, remember) {
  write(here, TOKEN, remember ? undefined : value);
  write(always, TOKEN, remember ? value : undefined);
}

export function forgetToken() {
  keepToken(undefined, false);
}

/** Whose texts these are from now on: the principal, or nothing where the server has none. */
export function ownedBy(principal = "") {
  owner = principal;
}

/** Forgets what the owner wrote and did not send. */
export function forgetTexts() {
  write(here, unsentName(), undefined);
  for (const each of names(always)) if (each.startsWith(`${name("draft")}:`)) write(always, each, undefined);
}

/** Another tab has signed in or out: this one is no longer whose it was. */
export function onOtherToken(listener) {
  const mine = token();
  addEventListener("storage", () => token() !== mine && listener());
}

export function draft(conversation) {
  return read(always, draftOf(conversation)) ?? "";
}

export function keepDraft(conversation, text) {
  write(always, draftOf(conversation), text);
}

export function theme() {
  return read(always, THEME);
}

export function keepTheme(value) {
  write(always, THEME, value);
}

/** Messages that the server has not yet confirmed: `{conversation, agent, key, text, whenBusy}`. */
export function unsent() {
  try {
    const all = JSON.parse(read(here, unsentName()) ?? "[]");
    return Array.isArray(all) ? all : [];
  } catch {
    return [];
  }
}

/** A key for a composed message. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export function keepUnsent(message) {
  const others = unsent().filter((each) => each.key !== message.key);
  write(here, unsentName(), JSON.stringify([...others, message]));
}

export function sent(key) {
  const left = unsent().filter((each) => each.key !== key);
  write(here, unsentName(), left.length > 0 ? JSON.stringify(left) : undefined);
}
