// Fill: choose somebody (by person: an assignment), then paint cells with Enter, Space or the mouse.
import { $, $$, announce } from "../dom.js";
import { combobox } from "./names.js";
import { act } from "./send.js";
import { focusCell, focused, grid } from "./table.js";

const bar = $("[data-fill]");
const input = document.getElementById("fill-with");
let brush = null;
let back = null;

export const filling = () => brush !== null;
export const paint = (cells, add = false) => act("fill", cells, { who: brush.id, add: add ? "1" : "" });

const mode = (value) => { for (const radio of $$("[data-mode]")) radio.checked = radio.value === value; };
const ready = () => {
  grid.classList.add("is-filling");
  announce(`Filling with ${brush.label}. Enter paints, Escape ends.`);
  const cell = back?.isConnected ? back : $('td[tabindex="0"]', grid);
  if (cell) focusCell(cell);
};

export const begin = () => {
  if (!bar) return;
  back = focused() ?? back;
  bar.hidden = false;
  mode("fill");
  input.focus();
  input.select();
};
export const end = () => {
  brush = null;
  if (bar) bar.hidden = true;
  grid.classList.remove("is-filling");
  mode("select");
  announce("Fill ended.");
};

export const start = () => {
  if (!bar) return;
  combobox(input, document.getElementById("fill-list"), {
    picked: (one) => { brush = one; input.value = one.label; ready(); },
    cancelled: () => { const cell = back; end(); if (cell) focusCell(cell); },
  });
  for (const radio of $$("[data-mode]")) radio.addEventListener("change", () => (radio.value === "fill" ? begin() : end()));
};
