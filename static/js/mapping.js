// The mapping table as a sheet: keys, paste from a spreadsheet, checks as you type, the count of edits.
// Without it the table is a plain form; the server checks everything again.
import { $, $$, announce } from "./dom.js";
import { edited, guarded, put, sheet, tell, value, wrong } from "./sheet.js";

const form = $("form[data-mapping]");
const cells = (row) => $$("td.mapcell input", row);

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
  tell(form, edits, $$(".mapcell[aria-invalid]", form).length);
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
  if (event.target.hasAttribute("list") && event.key !== "Enter") return;  // the arrows choose from the list of values
  event.preventDefault();
  const all = rows(), next = all[all.indexOf(row) + step];
  if (next) { const input = cells(next)[cells(row).indexOf(event.target)]; input.focus(); input.select?.(); }
};

if (form && $("[data-save]", form)) {
  form.addEventListener("input", (event) => { const row = event.target.closest("tr[data-row]"); if (row) { check(row); count(); } });
  form.addEventListener("paste", paste);
  form.addEventListener("keydown", move);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=add], button[name=clear]");
    if (!button) return;
    event.preventDefault();
    if (button.name === "add") another(button.value);
    else { const row = button.closest("tr"); for (const input of cells(row)) { if (input.type === "checkbox") input.checked = false; else input.value = ""; } check(row); }
    count();
  });
  const ready = () => {
    const bad = $(".mapcell[aria-invalid] input", form);
    if (bad) { bad.focus(); announce("Some cells need a correction first"); }
    return !bad;
  };
  const rest = () => { for (const row of rows()) if (!cells(row).some(edited)) for (const input of $$("input", row)) input.disabled = true; };
  guarded(form, count, ready, rest);
}
