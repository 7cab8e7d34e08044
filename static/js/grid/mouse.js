// The mouse: a click selects, a drag chooses a range, in Fill paints, and from the chosen cell moves its shift.
import { carrying, dropOn, letGo, over, pick } from "./carry.js";
import { filling, paint } from "./fill.js";
import { open } from "./panel.js";
import { collapse, extend, selected } from "./range.js";
import { editable, focusCell, grid, isCell, phone } from "./table.js";

let from = null;
let kind = "";
let moved = false;
const painted = new Set();

const cellOf = (event) => { const cell = event.target.closest?.("td"); return isCell(cell) ? cell : null; };

const down = (event) => {
  const cell = cellOf(event);
  if (!cell || event.button !== 0 || event.pointerType !== "mouse") return;
  [from, moved] = [cell, false];
  const chosen = cell.classList.contains("is-chosen") && !cell.classList.contains("is-range");
  kind = filling() ? "paint" : editable && chosen && event.target.closest("[data-shift]") ? "carry" : "range";
  if (kind === "paint") { painted.clear(); painted.add(cell); cell.classList.add("is-painted"); }
  if (event.shiftKey && kind === "range") { kind = "extend"; event.preventDefault(); }
};
const enter = (event) => {
  const cell = cellOf(event);
  if (!from || !cell || !(event.buttons & 1) || (cell === from && !moved)) return;
  if (!moved && kind === "carry") pick(from);
  if (!moved && kind === "range") collapse(from);
  moved = true;
  if (kind === "paint") { painted.add(cell); cell.classList.add("is-painted"); }
  if (kind === "carry") over(cell);
  if (kind === "range") { extend(from, cell); focusCell(cell); }
};
const up = (event) => {
  if (!from) return;
  const cell = cellOf(event);
  if (kind === "paint") {
    for (const one of painted) one.classList.remove("is-painted");
    paint([...painted], event.shiftKey);
  } else if (kind === "carry" && carrying()) {
    if (cell) { dropOn(cell); focusCell(cell); } else letGo();
  }
  from = null;
};
const click = (event) => {
  const cell = cellOf(event);
  if (!cell) return;
  if (filling()) { moved = false; focusCell(cell); if (event.pointerType !== "mouse") paint([cell]); return; }
  if (moved) { moved = false; return; }
  if (event.shiftKey) { extend(document.querySelector('td[tabindex="0"]') ?? cell, cell); focusCell(cell); return; }
  collapse(cell);
  focusCell(cell);
  if (phone.matches || selected(cell).length === 1) open(cell);
};

export const start = () => {
  grid.addEventListener("pointerdown", down);
  grid.addEventListener("pointerover", enter);
  addEventListener("pointerup", up);
  grid.addEventListener("click", click);
};
