// The schedule grid: one tab stop, arrows move, Enter opens Select, and every edit is one small request that redraws the
// cells it touched. The server draws all of it; this only carries questions and answers.
import { $, $$, announce, fill, fragment } from "./dom.js";

const grid = $("table[role=grid]");
const panel = $("[data-inspector]");
const body = panel && $("[data-inspector-body]", panel);
const { cellUrl, clearUrl, statusUrl, editable } = grid?.dataset ?? {};
const phone = matchMedia("(max-width: 45rem)");
let chosen = null; // the cell whose Select is shown
let asking = null; // the request for Select that is under way

const shown = (element) => element.getClientRects().length > 0;
const rowsOf = () => $$("tr[data-row]", grid).map((tr) => $$("td", tr).filter(shown)).filter((cells) => cells.length);
const dateOf = (cell) => cell.closest("tbody").rows[0].cells[cell.cellIndex].dataset.date;
const rowOf = (cell) => cell.parentElement.dataset.row;
const cellAt = (row, date) => {
  for (const week of grid.tBodies) {
    const column = [...week.rows[0].cells].findIndex((head) => head.dataset.date === date);
    if (column < 0) continue;
    const tr = $$("tr[data-row]", week).find((candidate) => candidate.dataset.row === row);
    if (tr) return tr.cells[column];
  }
  return null;
};

// -- moving ------------------------------------------------------------------------------------------------------
const focusCell = (cell) => {
  $$('td[tabindex="0"]', grid).forEach((other) => { other.tabIndex = -1; });
  cell.tabIndex = 0;
  cell.focus();
};
const move = (cell, key, control) => {
  const rows = rowsOf();
  const y = rows.findIndex((cells) => cells.includes(cell));
  const x = rows[y].indexOf(cell);
  const week = $$("tr[data-row]", grid.tBodies[0]).length;
  const [toY, toX] = {
    ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
    Home: [control ? 0 : y, 0], End: [control ? rows.length - 1 : y, 99], PageUp: [y - week, x], PageDown: [y + week, x],
  }[key];
  const row = rows[Math.max(0, Math.min(rows.length - 1, toY))];
  focusCell(row[Math.max(0, Math.min(row.length - 1, toX))]);
};

// -- Select ------------------------------------------------------------------------------------------------------
const select = (cell) => {
  $$('[aria-selected="true"]', grid).forEach((other) => other.removeAttribute("aria-selected"));
  cell.setAttribute("aria-selected", "true");
  chosen = cell;
  panel.hidden = false;
};
const addressOf = (cell) => `${cellUrl}${cellUrl.includes("?") ? "&" : "?"}row=${rowOf(cell)}&date=${dateOf(cell)}`;
const open = async (cell, ...focusOn) => {
  select(cell);
  asking?.abort();
  asking = new AbortController();
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fragment(addressOf(cell), { signal: asking.signal });
    show(answer);
    if (focusOn.length) {
      const target = [...focusOn, "h2"].map((one) => $(one, body)).find(Boolean) ?? panel;
      const box = target.closest("details");
      if (box) box.open = true;
      target.focus();
    }
  } catch (error) {
    if (error.name !== "AbortError") trouble();
  } finally { panel.removeAttribute("aria-busy"); }
};
const close = () => {
  panel.hidden = phone.matches || matchMedia("(max-width: 60rem)").matches;
  if (chosen) focusCell(chosen);
};
const trouble = () => announce("The server did not answer. Nothing was changed; try again.");

// An answer holds the panel, the cells that changed, and the state for the ribbon.
const show = ({ document: parsed }) => {
  const content = $("[data-answer-panel]", parsed);
  if (content) fill(body, content);
  for (const piece of $$("template[data-cell]", parsed)) {
    const cell = cellAt(piece.dataset.row, piece.dataset.date);
    if (!cell) continue;
    cell.replaceChildren(document.importNode(piece.content, true));
    cell.classList.toggle("is-draft", piece.dataset.draft === "1");
  }
  for (const piece of $$("template[data-opens]", parsed)) {
    const head = $(`th[data-date="${piece.dataset.date}"]`, grid);
    $(".day__fact", head)?.remove();
    head?.append(document.importNode(piece.content, true));
  }
  for (const piece of $$("template[data-part]", parsed)) {
    const place = document.getElementById(piece.dataset.part);
    if (place) place.replaceChildren(document.importNode(piece.content, true));
  }
  const word = $("[data-answer-said]", parsed);
  if (word) announce(word.textContent);
};

// What counts over the whole schedule is asked for once the edits pause.
let later = 0;
const recount = () => {
  clearTimeout(later);
  later = setTimeout(async () => {
    try {
      const { ok, document: parsed } = await fragment(statusUrl);
      if (ok) fill(document.getElementById("schedule-status"), parsed.body);
    } catch { /* the next edit or visit counts again */ }
  }, 400);
};

// -- editing -----------------------------------------------------------------------------------------------------
const send = async (address, data, cell, { back = false } = {}) => {
  cell?.setAttribute("aria-busy", "true");
  try {
    const answer = await fragment(address, { body: data });
    show(answer);
    recount();
    if (!answer.ok) $("[role=alert]", body)?.focus();
    else if (back && cell) focusCell(cell);
    return answer.ok;
  } catch { trouble(); return false; } finally { cell?.removeAttribute("aria-busy"); }
};
const withContext = (data, cell) => {
  data.set("row", rowOf(cell));
  data.set("date", dateOf(cell));
  data.set("rows", grid.dataset.rows);
  data.set("times", grid.dataset.times ?? "");
  return data;
};
const clear = async (cell) => {
  const shifts = $$("[data-shift]", cell);
  if (!shifts.length) return;
  if (shifts.length > 1) { await open(cell, "h2"); announce("Several shifts stand here. Choose the one to remove."); return; }
  const data = new FormData();
  for (const shift of shifts) data.append("shift", `${shift.dataset.shift}:${shift.dataset.v}`);
  select(cell);
  await send(clearUrl, withContext(data, cell), cell, { back: true });
};

// -- wiring ------------------------------------------------------------------------------------------------------
if (grid) {
  const first = $('td[aria-selected="true"]', grid) ?? $$("td.is-today", grid).find(shown) ?? rowsOf()[0]?.[0];
  if (first) { first.tabIndex = 0; if (first.hasAttribute("aria-selected")) chosen = first; }
  if (!chosen && matchMedia("(max-width: 60rem)").matches) panel.hidden = true;

  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (!cell || !cell.parentElement.dataset.row) return;
    focusCell(cell);
    open(cell);
  });
  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || event.target !== cell || event.altKey) return;
    const { key } = event;
    const control = event.ctrlKey || event.metaKey;
    if (/^(Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down))$/.test(key)) { event.preventDefault(); move(cell, key, control); return; }
    if (control) return;
    if (key === "Enter") { event.preventDefault(); open(cell, "[data-place-filter]"); }
    if (!editable) return;
    if (key === "Delete" || key === "Backspace") { event.preventDefault(); clear(cell); }
    if (key.toLowerCase() === "n") { event.preventDefault(); open(cell, "[name=note]"); }
    if (key.toLowerCase() === "t") { event.preventDefault(); open(cell, "[name=start]"); }
  });

  panel.addEventListener("click", (event) => { if (event.target.closest("[data-panel-close]")) close(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    if (!chosen) return;
    send(form.action, withContext(data, chosen), chosen, { back: form.hasAttribute("data-back-to-grid") });
  });
  // Typing narrows the list; Enter places the first name left.
  panel.addEventListener("input", (event) => {
    if (!event.target.matches("[data-place-filter]")) return;
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of $$("[data-place]", panel)) row.hidden = !words.every((word) => row.dataset.place.includes(word));
  });
  panel.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-place-filter]") || event.key !== "Enter") return;
    event.preventDefault();
    const row = $$("[data-place]", panel).find((candidate) => !candidate.hidden && $("button", candidate));
    if (row && event.target.value.trim()) $("button", row).click();
    else announce("Nobody eligible has that name.");
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.target.matches("input, textarea, select")) return;
    document.getElementById("keys")?.showModal();
  });

  // On a phone one day is shown; the two arrows step through the days, week after week.
  const days = () => [...grid.tBodies].flatMap((week) => [...week.rows[0].cells].slice(1).map((head) => [week, head]));
  const step = (by) => {
    const all = days();
    const at = all.findIndex(([week, head]) => week.hasAttribute("data-current") && String(head.cellIndex) === grid.dataset.day);
    const next = all[at + by];
    if (!next) return;
    for (const week of grid.tBodies) week.toggleAttribute("data-current", week === next[0]);
    grid.dataset.day = next[1].cellIndex;
    $("[data-day-name]").textContent = next[1].dataset.name;
  };
  for (const button of $$("[data-day-step]")) button.addEventListener("click", () => step(Number(button.dataset.dayStep)));
}
