// The schedule grid: one tab stop, and every edit one small request that redraws the cells it touched. The server draws all of it.
import { $, $$ } from "./dom.js";
import * as about from "./grid/about.js";
import * as clipboard from "./grid/clipboard.js";
import * as days from "./grid/days.js";
import * as fill from "./grid/fill.js";
import * as keys from "./grid/keys.js";
import * as live from "./grid/live.js";
import * as mouse from "./grid/mouse.js";
import * as panel from "./grid/panel.js";
import { arrive, editable, focusCell, grid, trs } from "./grid/table.js";

if (grid) {
  const arrived = arrive();
  const shown = (cell) => cell.getClientRects().length > 0;
  const first = arrived ?? $('td[aria-selected="true"]', grid) ?? $$("td.is-today", grid).find(shown) ?? [...(trs()[0]?.cells ?? [])].slice(1).find(shown);
  if (first) first.tabIndex = 0;
  for (const module of [panel, keys, mouse, days, about, live]) module.start();
  if (editable) for (const module of [fill, clipboard]) module.start();
  if (arrived) focusCell(arrived);
}
