// Copy, cut and paste of cells and ranges. The server pastes; a spreadsheet gets and gives tab-separated text.
import { $$, announce } from "../dom.js";
import { rectangle, selected } from "./range.js";
import { act } from "./send.js";
import { cellIn, focused, grid, placeOf, shiftsOf } from "./table.js";

const KEY = "rc-grid-copied";
const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; } };
const keep = (value) => { try { value ? sessionStorage.setItem(KEY, JSON.stringify(value)) : sessionStorage.removeItem(KEY); } catch { /* private windows keep nothing */ } };

const textOf = (cell) => $$(".shift[data-shift] .shift__name", cell).map((one) => one.textContent).join(" / ");
const lines = (text) => text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
const unmark = () => { for (const cell of $$("td.is-copied", grid)) cell.classList.remove("is-copied", "is-cut"); };

const copy = (event, cut) => {
  const cell = focused();
  if (!cell) return;
  event.preventDefault();
  const rows = rectangle(cell);
  const text = rows.map((row) => row.map(textOf).join("\t")).join("\n");
  event.clipboardData?.setData("text/plain", text);
  keep({ cut, text, rows: grid.dataset.rows, base: grid.dataset.base, cells: rows.map((row) => row.map((one) => shiftsOf(one).join(","))) });
  unmark();
  for (const one of rows.flat()) one.classList.add("is-copied", ...(cut ? ["is-cut"] : []));
  const count = rows.flat().length;
  announce(`${count} ${count === 1 ? "cell" : "cells"} ${cut ? "cut" : "copied"}`);
};

// Where a block lands: at the focused cell, or over and over the chosen range when it fits into it.
const land = (cell, block) => {
  const target = rectangle(cell);
  const [height, width] = [block.length, Math.max(...block.map((row) => row.length))];
  const tiles = selected(cell).length > 1 && target.length % height === 0 && target[0].length % width === 0;
  const corner = placeOf(target[0][0]);
  const [tall, wide] = tiles ? [target.length, target[0].length] : [height, width];
  const found = [];
  for (let y = 0; y < tall; y += 1) for (let x = 0; x < wide; x += 1) {
    const one = cellIn(corner.y + y, corner.x + x);
    const value = block[y % height][x % width];
    if (one && value !== undefined) found.push([one, value]);
  }
  return found;
};

const paste = async (event) => {
  const cell = focused();
  if (!cell) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const memory = kept();
  const ours = memory && memory.rows === grid.dataset.rows && memory.base === grid.dataset.base && lines(memory.text).join("\n") === lines(text).join("\n");
  if (ours) {
    const landed = land(cell, memory.cells);
    await act(memory.cut ? "cut" : "copy", landed.map(([one]) => one), {}, { from: landed.map(([, value]) => value) });
    if (memory.cut) { keep(null); unmark(); }
    return;
  }
  if (!text.trim()) { announce("There is nothing to paste."); return; }
  const landed = land(cell, lines(text)).filter(([, value]) => value.trim());
  if (landed.length) await act("text", landed.map(([one]) => one), {}, { text: landed.map(([, value]) => value) });
};

export const start = () => {
  document.addEventListener("copy", (event) => copy(event, false));
  document.addEventListener("cut", (event) => copy(event, true));
  document.addEventListener("paste", paste);
};
export const forget = () => { unmark(); };
