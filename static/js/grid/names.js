// A combobox over everybody who could stand in a cell (by person: every assignment).
import { $, $$, announce } from "../dom.js";

const template = document.getElementById("grid-names");
export const names = template ? $$("li", template.content) : [];
const SHOWN = 8;

// Words that begin a part of the name, or are its initials; only where nobody has such, words inside it.
const found = (text) => {
  const words = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
  if (!words.length) return [];
  const rank = ({ dataset: { search } }) => {
    const parts = search.split(/[\s,]+/);
    if (parts.includes(words.join(""))) return 0; // initials, or a whole name
    if (search.startsWith(words[0])) return 1;
    return words.every((word) => parts.some((part) => part.startsWith(word))) ? 2 : 3;
  };
  const ranked = names.filter((one) => words.every((word) => one.dataset.search.includes(word))).map((one) => [rank(one), one]);
  const best = ranked.some(([place]) => place < 3) ? ranked.filter(([place]) => place < 3) : ranked;
  return best.sort(([a], [b]) => a - b).slice(0, SHOWN).map(([, one]) => one);
};

export const combobox = (input, list, { picked, cancelled }) => {
  let options = [];
  let at = -1;
  const choose = (to) => {
    options[at]?.removeAttribute("aria-selected");
    at = options.length ? (to + options.length) % options.length : -1;
    options[at]?.setAttribute("aria-selected", "true");
    options[at]?.scrollIntoView({ block: "nearest" });
    at < 0 ? input.removeAttribute("aria-activedescendant") : input.setAttribute("aria-activedescendant", options[at].id);
  };
  const draw = () => {
    options = found(input.value).map((one) => { const copy = one.cloneNode(true); copy.id = `${list.id}-${copy.id}`; return copy; });
    list.replaceChildren(...options);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(Boolean(options.length)));
    choose(0);
    if (input.value && !options.length) announce("Nobody of that name here.");
  };
  const done = (option, event) => { list.hidden = true; picked({ id: option.dataset.id, label: option.textContent }, event); };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(at + (event.key === "ArrowDown" ? 1 : -1)); }
    if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); if (at >= 0) done(options[at], event); }
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); list.hidden = true; cancelled(); }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) done(option, event);
  });
  return { draw };
};
