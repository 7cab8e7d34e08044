// Moving a shift: M picks it up, arrows carry it, Enter drops it; or Ctrl with an arrow; or the mouse.
import { $$, announce } from "../dom.js";
import { act } from "./send.js";
import { focusCell, grid, nameOf, neighbour } from "./table.js";

let load = null; // {cell, shift}

const word = (shift) => `${shift.querySelector(".shift__name").textContent}`;
const idOf = (shift) => `${shift.dataset.shift}:${shift.dataset.v}`;
export const carrying = () => load !== null;

export const pick = (cell) => {
  const shifts = $$("[data-shift]", cell);
  if (!shifts.length) { announce("No shift stands here."); return; }
  const next = load?.cell === cell ? (shifts.indexOf(load.shift) + 1) % shifts.length : 0;
  drop(false);
  load = { cell, shift: shifts[next] };
  load.shift.classList.add("is-carried");
  announce(`${word(load.shift)} picked up. Arrows carry it, Enter drops it, Escape lets go.${shifts.length > 1 ? " M takes the next one here." : ""}`);
};
const drop = (told = true) => {
  load?.shift.classList.remove("is-carried");
  for (const cell of $$("td.is-drop", grid)) cell.classList.remove("is-drop");
  load = null;
  if (told) announce("Let go.");
};
export const letGo = () => drop();
export const over = (cell) => {
  for (const other of $$("td.is-drop", grid)) other.classList.remove("is-drop");
  cell.classList.add("is-drop");
  announce(nameOf(cell));
};
export const dropOn = (cell) => {
  const { cell: from, shift } = load;
  const moved = idOf(shift);
  drop(false);
  return from === cell ? null : act("move", [cell], { shift: moved });
};
export const nudge = async (cell, key) => {
  const shifts = $$("[data-shift]", cell);
  if (shifts.length !== 1) { announce(shifts.length ? "Several shifts stand here. Press M to choose one." : "No shift stands here."); return; }
  const target = neighbour(cell, key);
  if (!target || target === cell) return;
  const { ok } = await act("move", [target], { shift: idOf(shifts[0]) });
  if (ok) focusCell(target);
};
