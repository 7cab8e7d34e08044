// Ranges: a rectangle of cells between an anchor and the cell in focus, by keyboard or mouse.
import { $$, announce } from "../dom.js";
import { cellIn, grid, placeOf } from "./table.js";

let anchor = null;
let head = null;

const draw = () => {
  for (const cell of $$("td.is-range", grid)) { cell.classList.remove("is-range"); if (!cell.classList.contains("is-chosen")) cell.removeAttribute("aria-selected"); }
  const cells = ranged();
  if (cells.length > 1) for (const cell of cells) { cell.classList.add("is-range"); cell.setAttribute("aria-selected", "true"); }
};

const corners = () => {
  const a = placeOf(anchor);
  const b = placeOf(head);
  return { top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y), left: Math.min(a.x, b.x), right: Math.max(a.x, b.x) };
};

// The rectangle as rows of cells.
export const rectangle = (cell) => {
  if (!anchor || !head || anchor === head || !anchor.isConnected) return [[cell]];
  const { top, bottom, left, right } = corners();
  const rows = [];
  for (let y = top; y <= bottom; y += 1) rows.push(Array.from({ length: right - left + 1 }, (_, n) => cellIn(y, left + n)).filter(Boolean));
  return rows;
};
const ranged = () => (anchor && head && anchor !== head ? rectangle(head).flat() : []);
export const selected = (cell) => rectangle(cell).flat();
export const isRange = () => Boolean(anchor && head && anchor !== head);

export const collapse = (cell = null) => { anchor = cell; head = cell; draw(); };
export const extend = (from, to) => {
  anchor ??= from;
  head = to;
  draw();
  const rows = rectangle(to);
  announce(`${rows.length} by ${rows[0].length} cells`);
};
