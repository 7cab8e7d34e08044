// The mapping table as a sheet: keys, paste from a spreadsheet, checks as you type, the count of unsaved edits.
// Without it the table is a plain form; the server checks everything again.
import { $, $$, announce } from "./dom.js";

const form = $("form[data-mapping]");
const value = (input) => (input.type === "checkbox" ? (input.checked ? "yes" : "") : input.value);
const cells = (row) => $$("td.mapcell input", row);
const edited = (input) => value(input) !== input.dataset.saved;

const wrong = (input, filled) => {
  const text = input.value.trim(), { label, kind, limit, min, max } = input.dataset;
  if (input.type === "checkbox" || !filled) return "";
  if (!text) return "required" in input.dataset ? `${label} is required.` : "";
  if (kind === "integer") return /^\d+$/.test(text) && Number(text) >= Number(min) && Number(text) <= Number(max) ? "" : `${label} must be a number from ${min} to ${max}.`;
  return [...input.value].length > Number(limit) ? `${label} has at most ${limit} characters.` : "";
};

const explain = (row, texts) => {
  let why = row.nextElementSibling?.matches(".why") ? row.nextElementSibling : null;
  if (!texts.length) { why?.remove(); return; }
  if (!why) {
    why = document.createElement("tr");
    why.className = "why";
    const blank = why.insertCell(); blank.colSpan = 2;
    const told = why.insertCell(); told.colSpan = row.cells.length - 2; told.id = `why-${row.dataset.row}`;
    row.after(why);
  }
  why.lastElementChild.textContent = texts.join(" ");
};

const check = (row) => {
  const inputs = cells(row), filled = inputs.some((input) => value(input).trim());
  const texts = [];
  for (const input of inputs) {
    const text = wrong(input, filled), cell = input.closest("td");
    cell.classList.toggle("is-edited", edited(input));
    for (const one of [cell, input]) { if (text) one.setAttribute("aria-invalid", "true"); else one.removeAttribute("aria-invalid"); }
    if (text) { input.setAttribute("aria-describedby", `why-${row.dataset.row}`); texts.push(text); } else input.removeAttribute("aria-describedby");
  }
  row.classList.toggle("is-off", !filled);
  explain(row, texts);
};

const rows = () => $$("tr[data-row]", form);
const count = () => {
  const edits = rows().flatMap(cells).filter(edited).length;
  const invalid = $$(".mapcell[aria-invalid]", form).length;
  $("[data-count]", form).textContent = edits ? `${edits} unsaved ${edits === 1 ? "edit" : "edits"}` : "No unsaved edits";
  $("[data-hint]", form).textContent = invalid ? `${invalid} ${invalid === 1 ? "cell needs" : "cells need"} a correction before it can be saved.` : "All rows are saved together, or none. A live connection compares at once.";
  return edits;
};

const another = (assignment) => {
  const own = rows().filter((row) => row.dataset.row.startsWith(`${assignment}/`));
  const last = own.at(-1), number = Math.max(...own.map((row) => Number(row.dataset.row.split("/")[1]))) + 1;
  if (number > 99) return;
  const row = last.cloneNode(true), key = `${assignment}/${number}`;
  row.innerHTML = row.innerHTML.replaceAll(last.dataset.row, key);
  row.dataset.row = key;
  for (const input of cells(row)) { input.value = input.type === "checkbox" ? "yes" : ""; input.checked = false; input.dataset.saved = ""; }
  (last.nextElementSibling?.matches(".why") ? last.nextElementSibling : last).after(row);
  check(row);
  cells(row)[0].focus();
  announce(`Row ${number} added`);
};

// Rows and columns from a spreadsheet: quoted cells may hold tabs and line breaks.
const sheet = (text) => {
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

const put = (input, text) => {
  if (input.type === "checkbox") input.checked = /^(yes|y|true|x|1|on)$/i.test(text.trim());
  else input.value = text.replace(/\s*\n\s*/g, " ").trim();
};

const paste = (event) => {
  const text = event.clipboardData?.getData("text/plain") ?? "", start = event.target.closest("tr[data-row]");
  if (!start || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const all = rows(), top = all.indexOf(start), left = cells(start).indexOf(event.target);
  let placed = 0;
  sheet(text).forEach((line, down) => {
    const row = all[top + down];
    if (!row) return;
    line.forEach((cell, right) => { const input = cells(row)[left + right]; if (input) { put(input, cell); placed += 1; } });
    check(row);
  });
  count();
  announce(`${placed} cells pasted`);
};

const move = (event) => {
  const row = event.target.closest("tr[data-row]");
  const step = { ArrowDown: 1, Enter: event.shiftKey ? -1 : 1, ArrowUp: -1 }[event.key];
  if (!row || !step || !event.target.closest("td.mapcell")) return;
  event.preventDefault();
  const all = rows(), next = all[all.indexOf(row) + step];
  if (next) { const input = cells(next)[cells(row).indexOf(event.target)]; input.focus(); input.select?.(); }
};

if (form && $("[data-save]", form)) {
  let leaving = false;
  for (const hint of $$("[data-needs-script]")) hint.hidden = false;
  form.addEventListener("input", (event) => { const row = event.target.closest("tr[data-row]"); if (row) { check(row); count(); } });
  form.addEventListener("paste", paste);
  form.addEventListener("keydown", move);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name]");
    if (!button) return;
    event.preventDefault();
    if (button.name === "add") another(button.value);
    else { const row = button.closest("tr"); for (const input of cells(row)) { if (input.type === "checkbox") input.checked = false; else input.value = ""; } check(row); }
    count();
  });
  form.addEventListener("submit", (event) => {
    const bad = $(".mapcell[aria-invalid] input", form);
    if (bad) { event.preventDefault(); event.stopImmediatePropagation(); bad.focus(); announce("Some cells need a correction first"); return; }
    leaving = true;
    // Rows that nobody touched stay at home: a large table is saved by its edits.
    for (const row of rows()) if (!cells(row).some(edited)) for (const input of $$("input", row)) input.disabled = true;
  });
  for (const link of $$("[data-discard]", form)) link.addEventListener("click", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; for (const input of $$("tr[data-row] input:disabled", form)) input.disabled = false; });
  addEventListener("beforeunload", (event) => { if (!leaving && count()) event.preventDefault(); });
  if ("unsaved" in form.dataset) count();
}
