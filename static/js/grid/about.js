// One shift in full beside its cell: after a moment under the mouse or in focus, or at once with I.
import { $, fill, fragment, putAt } from "../dom.js";
import { grid } from "./table.js";

const tip = document.getElementById("grid-about");
const known = new Map();
let timer = 0;
let shownFor = null;

const place = (cell) => {
  const at = cell.getBoundingClientRect();
  tip.hidden = false;
  const left = Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8));
  const below = at.bottom + tip.offsetHeight + 8 < innerHeight;
  putAt(tip, left, below ? at.bottom + 4 : at.top - tip.offsetHeight - 4);
};
export const hide = () => {
  clearTimeout(timer);
  tip.hidden = true;
  shownFor?.removeAttribute("aria-describedby");
  shownFor = null;
};
export const showAbout = async (cell, shift = $("[data-shift]", cell)) => {
  if (!shift) return;
  hide();
  const key = `${shift.dataset.shift}:${shift.dataset.v}`;
  shownFor = cell;
  if (!known.has(key)) {
    try {
      const { ok, document: parsed } = await fragment(`${grid.dataset.base}shifts/${shift.dataset.shift}/about`);
      if (!ok) return;
      known.set(key, parsed.body);
    } catch { return; }
  }
  if (shownFor !== cell) return;
  fill(tip, known.get(key));
  place(cell);
  cell.setAttribute("aria-describedby", tip.id);
};
const soon = (cell, shift, wait) => { clearTimeout(timer); timer = setTimeout(() => showAbout(cell, shift), wait); };

export const start = () => {
  if (!tip) return;
  grid.addEventListener("pointerover", (event) => {
    const shift = event.pointerType === "mouse" && !event.buttons ? event.target.closest?.("[data-shift]") : null;
    if (shift) soon(shift.closest("td"), shift, 600);
    else hide();
  });
  grid.addEventListener("pointerleave", hide);
  grid.addEventListener("focusin", (event) => {
    hide();
    const cell = event.target.closest("td");
    if (cell?.matches(":focus-visible")) soon(cell, undefined, 1200);
  });
  grid.addEventListener("focusout", hide);
  grid.closest(".gridwrap").addEventListener("scroll", hide, { passive: true });
};
