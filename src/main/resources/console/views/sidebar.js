// The list of conversations. On a phone it is a drawer.

import { h, icon, mark, say, set } from "../dom.js";
import * as keep from "../keep.js";

const UNTITLED = "New conversation";

/** @param on `{ remove(id), more(), signOut() }` */
export function sidebarView(talks, on) {
  const list = h("ul.conversations");
  const more = h("button.small", { type: "button", hidden: true, onclick: on.more }, "Older ones");
  const who = h("span.who");
  const out = h("button.icon-button", { type: "button", title: "Sign out", hidden: true, onclick: on.signOut }, icon("out"), h("span.sr", {}, "Sign out"));
  const close = h("button.icon-button.drawer-only", { type: "button", title: "Close" }, icon("close"), h("span.sr", {}, "Close the list"));
  const element = h(
    "aside.sidebar",
    { id: "sidebar", "aria-label": "Conversations" },
    h("div.brand", {}, mark(), h("span", {}, "Loadline"), h("span.gap"), close),
    h("a.new", { href: "#/new" }, icon("plus"), "New conversation"),
    h("nav", { "aria-label": "Conversations" }, list, more),
    h("div.foot", {}, who, h("span.gap"), themeButton(), out),
  );
  const entries = new Map(); // id → its element

  function entry(id) {
    if (!entries.has(id)) {
      const link = h("a", { href: `#/c/${encodeURIComponent(id)}` });
      const bin = h("button.icon-button.small", { type: "button", title: "Delete", onclick: () => on.remove(id) }, icon("bin"));
      entries.set(id, { element: h("li", {}, link, bin), link, bin });
    }
    return entries.get(id);
  }

  return {
    element,
    closeButton: close,
    focus(id) {
      (entries.get(id)?.link ?? element.querySelector("a.new")).focus();
    },
    draw() {
      const ids = new Set(talks.list.map((each) => each.id));
      for (const [id, each] of entries) {
        if (ids.has(id)) continue;
        each.element.remove();
        entries.delete(id);
      }
      let place = list.firstChild;
      for (const { id, title } of talks.list) {
        const each = entry(id);
        say(each.link, title || UNTITLED);
        set(each.link, "title", title);
        set(each.link, "aria-current", talks.open?.id === id ? "page" : undefined);
        set(each.bin, "aria-label", `Delete “${title || UNTITLED}”`);
        if (each.element === place) place = place.nextSibling;
        else list.insertBefore(each.element, place);
      }
      more.hidden = talks.more === undefined;
    },
    showMe(me, signedIn) {
      say(who, me?.principal ?? "");
      set(who, "title", me?.roles?.join(", "));
      out.hidden = !signedIn;
    },
  };
}

function themeButton() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const button = h("button.icon-button", { type: "button", onclick: change });
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  function draw() {
    const to = isDark() ? "light" : "dark";
    button.replaceChildren(icon(isDark() ? "sun" : "moon"), h("span.sr", {}, `Switch to the ${to} theme`));
    set(button, "title", `Switch to the ${to} theme`);
  }
  function change() {
    const to = isDark() ? "light" : "dark";
    // What the system has anyway is not kept, so that it goes on following the system.
    const system = dark.matches ? "dark" : "light";
    if (to === system) delete root.dataset.theme;
    else root.dataset.theme = to;
    keep.keepTheme(to === system ? undefined : to);
    draw();
  }
  dark.addEventListener("change", draw);
  draw();
  return button;
}
