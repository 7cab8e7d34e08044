// The keyboard map of the grid.
import { $, $$, announce } from "../dom.js";
import { hide as hideAbout, showAbout } from "./about.js";
import { carrying, dropOn, letGo, nudge, over, pick } from "./carry.js";
import { forget } from "./clipboard.js";
import { begin as beginFill, end as endFill, filling, paint } from "./fill.js";
import { open, show } from "./panel.js";
import { collapse, extend, isRange, selected } from "./range.js";
import { act, say, step } from "./send.js";
import { cellsOf, editable, focusCell, grid, isCell, MOVES, neighbour, trs, turn } from "./table.js";
import { type } from "./typing.js";

const go = (cell, event) => {
  const target = neighbour(cell, event.key, event.ctrlKey || event.metaKey);
  if (!target) { turn(cell, event.key); return; }
  if (event.shiftKey && !carrying()) extend(cell, target);
  else collapse(target);
  focusCell(target);
  if (carrying()) over(target);
};
const clear = async (cell) => {
  const cells = selected(cell).filter((one) => $("[data-shift]", one));
  if (!cells.length) return;
  if (cells.length === 1 && !isRange() && $$("[data-shift]", cell).length > 1) { await open(cell, "h2"); announce("Several shifts stand here. Choose the one to remove."); return; }
  await act("clear", cells);
};
const lock = (cell) => {
  const cells = selected(cell).filter((one) => $("[data-shift]", one));
  const isLocked = (shift) => Boolean($('use[href="#lock"]', shift));
  if (cells.length) act(cells.every((one) => $$("[data-shift]", one).every(isLocked)) ? "unlock" : "lock", cells);
};
const all = (cell) => {
  const mine = trs().filter((tr) => tr.parentElement === cell.parentElement.parentElement);
  const [first, last] = [cellsOf(mine[0]), cellsOf(mine.at(-1))];
  collapse(first[0]);
  extend(first[0], last.at(-1));
};

const controls = (cell, event) => {
  const key = event.key.toLowerCase();
  if (key === "a") { event.preventDefault(); all(cell); }
  if (editable && /^arrow/.test(key)) { event.preventDefault(); nudge(cell, event.key); return true; }
  return false;
};
const plain = {
  n: (cell) => open(cell, "[name=note]"),
  t: (cell) => open(cell, "[name=start]"),
  l: lock,
  m: pick,
  f: () => (filling() ? endFill() : beginFill()),
};

const escape = () => {
  if (carrying()) letGo();
  else if (filling()) endFill();
  else { collapse(); forget(); say(null); }
};
const keydown = (event) => {
  const cell = event.target;
  if (!isCell(cell) || event.altKey) return;
  const { key } = event;
  const control = event.ctrlKey || event.metaKey;
  hideAbout();
  if (control && !MOVES.test(key)) { controls(cell, event); return; }
  if (control && /^Arrow/.test(key) && !event.shiftKey && controls(cell, event)) return;
  if (MOVES.test(key)) { event.preventDefault(); go(cell, event); return; }
  if (key === "Escape") { escape(); return; }
  if (key === "Enter" || key === " ") {
    event.preventDefault();
    if (carrying()) dropOn(cell);
    else if (filling()) paint(selected(cell), event.shiftKey);
    else open(cell, "[data-place-filter]");
    return;
  }
  if (key === "i" && !editable) { showAbout(cell); return; }
  if (!editable) return;
  if (key === "Delete" || key === "Backspace") { event.preventDefault(); clear(cell); return; }
  if (key === "F2") { event.preventDefault(); type(cell, ""); return; }
  if (key === "?" || key === "/") return;
  if (plain[key]) { event.preventDefault(); plain[key](cell); return; }
  if (key === "i") { event.preventDefault(); showAbout(cell); return; }
  if (key.length === 1 && /[\p{L}\p{N}]/u.test(key)) { event.preventDefault(); type(cell, key); }
};

const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
export const start = () => {
  grid.addEventListener("keydown", keydown);
  addEventListener("keydown", (event) => {
    if (typing(event.target)) return;
    if (event.key === "?") { document.getElementById("keys")?.showModal(); return; }
    if (!editable || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const way = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (way) { event.preventDefault(); walk(way); }
  });
  document.addEventListener("submit", (event) => {
    const way = event.target.dataset?.step;
    if (!way) return;
    event.preventDefault();
    walk(way);
  });
  $("[data-panel-close]")?.addEventListener("click", () => show("select", { focus: false }));
};
const walk = async (way) => {
  const drawn = await step(way);
  const first = [...drawn][0];
  if (first && !document.querySelector("[data-inspector]").contains(document.activeElement)) { focusCell(first); first.scrollIntoView({ block: "nearest" }); }
};
