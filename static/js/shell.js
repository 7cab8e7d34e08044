// The shell: theme, search shortcut, menus, dialogs, forms that send themselves, fragments that load late.
// Every page works without it.
import { $, $$, announce, fill, fragment, setCookie } from "./dom.js";

const root = document.documentElement;

// Theme: the reader's choice beats the system and is kept in a cookie, so that the server draws it at once.
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
for (const button of $$("[data-theme-switch]")) {
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    setCookie("rc_theme", root.dataset.theme);
    announce(root.dataset.theme === "dark" ? "Dark" : "Light");
  });
}

// "/" or Ctrl-K goes to the search box.
const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
addEventListener("keydown", (event) => {
  const plain = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
  const control = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!plain && !control) return;
  const box = $("[data-search]");
  if (box?.getClientRects().length) { event.preventDefault(); box.focus(); box.select(); }
});

// Menus close on Esc, on a click elsewhere, and when another opens.
const menus = () => $$("details[data-menu][open]");
addEventListener("click", (event) => menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) { menu.open = false; $("summary", menu).focus(); }
});

// Dialogs: [data-dialog="id"] opens, [data-close] closes.
addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) { event.preventDefault(); document.getElementById(opener.dataset.dialog)?.showModal(); return; }
  event.target.closest?.("[data-close]")?.closest("dialog")?.close();
});

// Choices that send their form at once; without script a button in <noscript> does.
addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && (event.target.matches("[data-autosubmit]") || form.matches("[data-autosubmit]"))) form.requestSubmit();
});

// A form is sent once: the second press of a button waits for the first.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of $$("form[data-sent]")) { delete form.dataset.sent; $$("[aria-busy]", form).forEach((b) => b.removeAttribute("aria-busy")); }
});

// [data-load="address"]: a part of the page that another part of the product draws. [data-load-every] draws it again.
const load = async (place) => {
  try {
    const { ok, document: parsed } = await fragment(place.dataset.load);
    if (ok) fill(place, parsed.body);
    else place.textContent = place.dataset.loadFailed ?? "This part could not be loaded. Reload the page to try again.";
  } catch {
    place.textContent = place.dataset.loadFailed ?? "This part could not be loaded. Reload the page to try again.";
  }
};
for (const place of $$("[data-load]")) {
  load(place);
  const seconds = Number(place.dataset.loadEvery);
  if (seconds) setInterval(() => { if (!document.hidden) load(place); }, seconds * 1000);
}

// Going back is the browser's; the button appears only when there is somewhere to go.
for (const button of $$("[data-back]")) {
  if (history.length > 1) { button.hidden = false; button.addEventListener("click", () => history.back()); }
}
for (const button of $$("[data-print]")) { button.hidden = false; button.addEventListener("click", () => print()); }

// One box that ticks all of a group.
addEventListener("change", (event) => {
  const group = event.target.dataset?.tickAll;
  if (group) $$(`input[type=checkbox][data-tick="${group}"]`).forEach((box) => { box.checked = event.target.checked; });
});
