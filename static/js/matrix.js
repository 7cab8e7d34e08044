// The matrix of types: arrow keys from square to square, a whole row or column at once, paste, the count of edits.
// Without it the matrix is a plain form of ticks; the server checks everything again.
import { $, $$, announce } from "./dom.js";
import { edited, guarded, put, sheet, tell, value, wrong } from "./sheet.js";

const form = $("form[data-matrix]");
const lines = () => $$("tbody tr", form);
const squares = (line) => $$("td.square", line);
const tick = (square) => $("input[data-included]", square);
const fields = (square) => $$("input", square).filter((input) => input.type !== "hidden" && !("included" in input.dataset));
const inputs = (square) => [tick(square), ...fields(square)];

const check = (square) => {
  const texts = fields(square).map((input) => {
    const text = wrong(input, tick(square).checked);
    if (text) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", `why-${square.dataset.row}`); }
    else { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }
    return text;
  }).filter(Boolean);
  const why = $(".square__why", square);
  why.textContent = texts.join(" ");
  why.hidden = !texts.length;
  square.toggleAttribute("aria-invalid", texts.length > 0);
  square.classList.toggle("is-in", tick(square).checked);
  square.classList.toggle("is-edited", inputs(square).some(edited));
};

const count = () => {
  const edits = $$("td.square", form).filter((square) => inputs(square).some(edited)).length;
  tell(form, edits, $$("td.square input[aria-invalid]", form).length);
  return edits;
};

const typed = (input) => {
  const square = input.closest("td.square");
  if (!square) return;
  if (input !== tick(square) && value(input).trim()) tick(square).checked = true;
  check(square);
};

// A square that is not sent keeps no values: unticking empties its fields.
const unticked = (input) => {
  if (!("included" in input.dataset) || input.checked) return;
  const square = input.closest("td.square");
  for (const one of fields(square)) { if (one.type === "checkbox") one.checked = false; else one.value = ""; }
  check(square);
};

const all = (chosen, name) => {
  const on = !chosen.every((square) => tick(square).checked);
  for (const square of chosen) { tick(square).checked = on; unticked(tick(square)); check(square); }
  count();
  announce(`${name}: ${on ? "all sent" : "none sent"}`);
};

const move = (event) => {
  const square = event.target.closest("td.square");
  const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], Enter: [event.shiftKey ? -1 : 1, 0] }[event.key];
  if (!square || !step) return;
  const text = event.target.type === "text";
  if (text && (event.key === "ArrowLeft" || event.key === "ArrowRight" || (event.target.hasAttribute("list") && event.key !== "Enter"))) return;
  event.preventDefault();
  const line = square.closest("tr"), place = inputs(square).indexOf(event.target);
  const next = squares(lines()[lines().indexOf(line) + step[0]] ?? line)[squares(line).indexOf(square) + step[1]];
  if (next && next !== square) { const input = inputs(next)[place]; input.focus(); input.select?.(); }
};

const paste = (event) => {
  const text = event.clipboardData?.getData("text/plain") ?? "", start = event.target.closest("td.square");
  if (!start || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const place = inputs(start).indexOf(event.target), top = lines().indexOf(start.closest("tr")), left = squares(start.closest("tr")).indexOf(start);
  let placed = 0;
  sheet(text).forEach((cells, down) => cells.forEach((cell, right) => {
    const square = lines()[top + down] && squares(lines()[top + down])[left + right];
    if (!square) return;
    put(inputs(square)[place], cell);
    typed(inputs(square)[place]);
    placed += 1;
  }));
  count();
  announce(`${placed} squares pasted`);
};

if (form && $("[data-save]", form)) {
  for (const button of $$(".matrix__all", form)) button.disabled = false;
  form.addEventListener("input", (event) => { typed(event.target); unticked(event.target); count(); });
  form.addEventListener("paste", paste);
  form.addEventListener("keydown", move);
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".matrix__all");
    if (!button) return;
    const column = button.dataset.column;
    all(column === undefined ? squares(button.closest("tr")) : lines().map((line) => squares(line)[Number(column)]), button.textContent);
  });
  const ready = () => {
    const bad = $("td.square input[aria-invalid]", form);
    if (bad) { bad.focus(); announce("Some squares need a correction first"); }
    return !bad;
  };
  const rest = () => { for (const square of $$("td.square", form)) if (!inputs(square).some(edited)) for (const input of $$("input", square)) input.disabled = true; };
  guarded(form, count, ready, rest);
}
