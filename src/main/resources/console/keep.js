// What this browser keeps: the API key, drafts, messages on their way, the theme. A browser that
// keeps nothing (storage switched off, or full) only forgets.

const TOKEN = "loadline.key";
const THEME = "loadline.theme";
const UNSENT = "loadline.unsent";
const draftOf = (conversation) => `loadline.draft.${conversation}`;

function read(storage, name) {
  try {
    return storage().getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage, name, value) {
  try {
    if (value === undefined || value === "") storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // forgotten
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
    const all = JSON.parse(read(here, UNSENT) ?? "[]");
    return Array.isArray(all) ? all : [];
  } catch {
    return [];
  }
}

export function keepUnsent(message) {
  const others = unsent().filter((each) => each.key !== message.key);
  write(here, UNSENT, JSON.stringify([...others, message]));
}

export function sent(key) {
  const left = unsent().filter((each) => each.key !== key);
  write(here, UNSENT, left.length > 0 ? JSON.stringify(left) : undefined);
}
