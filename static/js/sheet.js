// What the mapping tables share: the value of an input, what is wrong with it, and text from a spreadsheet as rows and columns.
import { $, $$ } from "./dom.js";

export const value = (input) => (input.type === "checkbox" ? (input.checked ? "yes" : "") : input.value);
export const edited = (input) => value(input) !== input.dataset.saved;

const listed = (input) => {
  const list = input.getAttribute("list");
  if (!list) return null;
  const options = $$("option", document.getElementById(list)).flatMap((one) => [one.value, one.dataset.value]);
  return new Set([...options, ...$$(`[data-alias-of="${list}"]`).map((one) => one.dataset.spelling)].map((one) => one.toLowerCase()));
};
const lists = new Map();
const known = (input) => {
  const list = input.getAttribute("list") ?? "";
  if (!lists.has(list)) lists.set(list, listed(input));
  return lists.get(list);
};

// The server checks everything again, and knows more: what belongs together.
export const wrong = (input, filled) => {
  const text = input.value.trim(), { label, kind, limit, min, max, delimiter, most } = input.dataset;
  if (input.type === "checkbox" || !filled) return "";
  if (!text) return "required" in input.dataset ? `${label} is required.` : "";
  if (kind === "integer") return /^\d+$/.test(text) && Number(text) >= Number(min) && Number(text) <= Number(max) ? "" : `${label} must be a number from ${min} to ${max}.`;
  const parts = kind === "list" ? text.split(delimiter).map((one) => one.trim()).filter(Boolean) : [input.value];
  if (most && parts.length > Number(most)) return `${label} has at most ${most} values, not ${parts.length}.`;
  if (parts.some((one) => [...one].length > Number(limit))) return `${label} has at most ${limit} characters.`;
  const valid = known(input);
  const odd = valid && parts.find((one) => !valid.has(one.trim().toLowerCase()));
  return odd ? `${label}: ${odd.trim()} is not one of its values.` : "";
};

// Rows and columns from a spreadsheet: quoted cells may hold tabs and line breaks.
export const sheet = (text) => {
  const found = [[""]];
  let quoted = false;
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at], line = found.at(-1);
    if (quoted) {
      if (char === '"' && source[at + 1] === '"') { line[line.length - 1] += '"'; at += 1; } else if (char === '"') quoted = false;
      else line[line.length - 1] += char;
    } else if (char === '"' && line.at(-1) === "") quoted = true;
    else if (char === "\t") line.push("");
    else if (char === "\n") found.push([""]);
    else line[line.length - 1] += char;
  }
  return found;
};

export const put = (input, text) => {
  if (input.type === "checkbox") input.checked = /^(yes|y|true|x|1|on)$/i.test(text.trim());
  else input.value = text.replace(/\s*\n\s*/g, " ").trim();
};

// The bar below a table: how many edits there are, and what keeps them from being staged.
export const tell = (form, edits, invalid) => {
  $("[data-count]", form).textContent = edits ? `${edits} ${edits === 1 ? "edit" : "edits"} not staged` : "No edits on this page";
  $("[data-hint]", form).textContent = invalid ? `${invalid} ${invalid === 1 ? "cell needs" : "cells need"} a correction first.` : "Edits wait until you have seen what they do; then they take effect together.";
};

// Asks before edits are left behind; a form that is sent, and its own way back, do not ask. `ready` may hold the sending back.
export const guarded = (form, count, ready, rest) => {
  let leaving = false;
  for (const hint of $$("[data-needs-script]")) hint.hidden = false;
  form.addEventListener("submit", (event) => {
    if (!ready()) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    leaving = true;
    rest();  // what nobody touched stays at home: a large table is sent by its edits
  });
  for (const link of $$("[data-discard]", form)) link.addEventListener("click", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; for (const input of $$("[data-row] input:disabled", form)) input.disabled = false; });
  addEventListener("beforeunload", (event) => { if (!leaving && count()) event.preventDefault(); });
  if ("unsaved" in form.dataset) count();
};
