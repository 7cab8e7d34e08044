// The grid as a table of cells: one tab stop, places, moving. Everything else asks this module where things are.
import { $, $$ } from "../dom.js";

export const grid = $("table[role=grid]");
export const editable = Boolean(grid?.dataset.editable);
export const phone = matchMedia("(max-width: 45rem)");
export const narrow = matchMedia("(max-width: 60rem)");

const shown = (element) => element.getClientRects().length > 0;
export const trs = () => $$("tr[data-row]", grid).filter(shown);
const columns = (tr) => [...tr.cells].slice(1).filter(shown);
export const rowOf = (cell) => cell.parentElement.dataset.row;
export const dateOf = (cell) => cell.closest("tbody").rows[0].cells[cell.cellIndex].dataset.date;
export const isCell = (element) => element?.tagName === "TD" && Boolean(element.parentElement.dataset.row);
export const focused = () => (isCell(document.activeElement) && grid.contains(document.activeElement) ? document.activeElement : null);
export const nameOf = (cell) => `${$(".rowhead__name", cell.parentElement).textContent}, ${cell.closest("tbody").rows[0].cells[cell.cellIndex].dataset.name}`;

export const cellAt = (row, date) => {
  for (const week of grid.tBodies) {
    const column = [...week.rows[0].cells].findIndex((head) => head.dataset.date === date);
    if (column < 0) continue;
    const tr = $(`tr[data-row="${CSS.escape(row)}"]`, week);
    if (tr) return tr.cells[column];
  }
  return null;
};

// What stands in a cell: every shift as "id:version", those drawn together too.
export const shiftsOf = (cell) => $$("[data-shift]", cell).flatMap((one) => [`${one.dataset.shift}:${one.dataset.v}`, ...(one.dataset.more ?? "").split(",").filter(Boolean)]);
export const addressOf = (cell) => `${rowOf(cell)}/${dateOf(cell)}/${shiftsOf(cell).join(",")}`;

// Places count visible rows over all weeks, and columns within a week.
export const placeOf = (cell) => ({ y: trs().indexOf(cell.parentElement), x: columns(cell.parentElement).indexOf(cell) });
export const cellsOf = (tr) => columns(tr);
export const cellIn = (y, x) => { const tr = trs()[y]; return tr ? columns(tr)[x] ?? null : null; };

export const focusCell = (cell) => {
  for (const other of $$('td[tabindex="0"]', grid)) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
};

const week = () => trs().filter((tr) => tr.parentElement === trs()[0].parentElement).length;
export const MOVES = /^(Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down))$/;

// The cell a key leads to; null where the page ends before it.
export const neighbour = (cell, key, control = false) => {
  const rows = trs();
  const { y, x } = placeOf(cell);
  const [toY, toX] = {
    ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
    Home: [control ? 0 : y, 0], End: [control ? rows.length - 1 : y, 99], PageUp: [y - week(), x], PageDown: [y + week(), x],
  }[key];
  if (/^Page/.test(key) && (toY < 0 || toY >= rows.length)) return null;
  const tr = rows[Math.max(0, Math.min(rows.length - 1, toY))];
  const cells = columns(tr);
  return cells[Math.max(0, Math.min(cells.length - 1, toX))];
};

// PgUp and PgDn at the edge go to the page before or after, to the same row.
export const turn = (cell, key) => {
  const link = $(`[data-window="${key === "PageUp" ? -1 : 1}"]`);
  if (!link) return;
  const day = new Date(`${dateOf(cell)}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + (key === "PageUp" ? -7 : 7));
  location.href = `${link.href}#at=${rowOf(cell)}/${day.toISOString().slice(0, 10)}`;
};

export const arrive = () => {
  const [row, date] = /^#at=([\w-]+)\/([\d-]+)$/.exec(location.hash)?.slice(1) ?? [];
  const found = row && cellAt(row, date);
  if (!found) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found;
};
