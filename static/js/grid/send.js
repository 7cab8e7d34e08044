// Edits are small requests, one after the other; an answer says what to draw again.
import { $, $$, announce, fill, fragment } from "../dom.js";
import { applyMarks } from "./marks.js";
import { addressOf, cellAt, dateOf, grid, rowOf } from "./table.js";

const notice = document.getElementById("grid-notice");
const url = (name) => `${grid.dataset.base}${name}`;
export const screen = () => ({ rows: grid.dataset.rows, times: grid.dataset.times ?? "", first: grid.dataset.first, last: grid.dataset.last });
export const addressFor = (name, more = {}) => `${url(name)}?${new URLSearchParams({ ...screen(), ...more })}`;
export const edits = { running: 0, done: 0 }; // a poll that began before an edit ended is not drawn
const listeners = [];
export const onDrawn = (listener) => listeners.push(listener);

export const say = (nodes) => {
  if (!notice) return;
  notice.hidden = !nodes;
  if (!nodes) { notice.replaceChildren(); return; }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn--small";
  close.textContent = "Close";
  close.addEventListener("click", () => say(null));
  notice.replaceChildren(...nodes, close);
};
export const trouble = () => announce("The server did not answer. Nothing was changed; try again.");

// Draws pieces of an answer; tells the listeners which cells.
export const draw = (parsed) => {
  const cells = new Set();
  for (const piece of $$("template[data-cell]", parsed)) {
    const cell = cellAt(piece.dataset.row, piece.dataset.date);
    if (!cell) continue;
    cell.replaceChildren(document.importNode(piece.content, true));
    cell.classList.toggle("is-draft", piece.dataset.draft === "1");
    cells.add(cell);
  }
  for (const piece of $$("template[data-opens]", parsed)) {
    const head = $(`th[data-date="${piece.dataset.date}"]`, grid);
    $(".day__fact[data-open]", head ?? document.createElement("i"))?.remove();
    head?.append(document.importNode(piece.content, true));
  }
  for (const marks of $$("template[data-marks]", parsed)) applyMarks(marks);
  for (const piece of $$("template[data-part]", parsed)) {
    const place = document.getElementById(piece.dataset.part);
    if (place) place.replaceChildren(document.importNode(piece.content, true));
  }
  const panel = $("[data-answer-panel]", parsed);
  for (const listener of listeners) listener(cells, panel);
  return cells;
};

// What counts over the whole schedule is asked for once the edits pause.
let later = 0;
export const recount = () => {
  clearTimeout(later);
  later = setTimeout(async () => {
    const before = edits.done;
    try {
      const { ok, document: parsed } = await fragment(addressFor("status"));
      if (!ok || edits.running || before !== edits.done) return;
      draw(parsed);
      const status = $("[data-status]", parsed);
      if (status) fill(document.getElementById("schedule-status"), status);
    } catch { /* the next edit or visit counts again */ }
  }, 400);
};

let queue = Promise.resolve();
export const send = (address, data, { cells = [] } = {}) => {
  const run = async () => {
    edits.running += 1;
    for (const cell of cells) cell.setAttribute("aria-busy", "true");
    try {
      const answer = await fragment(address, { body: typeof data === "function" ? data() : data });
      const drawn = draw(answer.document);
      const told = $("[data-answer-notice]", answer.document);
      say(told ? [...told.childNodes].map((node) => document.importNode(node, true)) : null);
      const word = $("[data-answer-said]", answer.document);
      if (word) announce(word.textContent);
      recount();
      return { ...answer, drawn };
    } catch { trouble(); return { ok: false, drawn: new Set() }; } finally {
      edits.running -= 1;
      edits.done += 1;
      for (const cell of cells) cell.removeAttribute("aria-busy");
    }
  };
  queue = queue.then(run, run);
  return queue;
};

export const withScreen = (data) => {
  for (const [name, value] of Object.entries(screen())) if (!data.has(name) || name === "rows") data.set(name, value);
  return data;
};
export const withCell = (data, cell) => {
  data.set("row", rowOf(cell));
  data.set("date", dateOf(cell));
  return withScreen(data);
};

// One act on many cells. What stands in them is read when the request leaves, after those before it were answered.
export const act = (kind, cells, more = {}, lists = {}) => send(url("range"), () => {
  const data = withScreen(new FormData());
  data.set("act", kind);
  for (const cell of cells) data.append("cell", addressOf(cell));
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  for (const [name, values] of Object.entries(lists)) for (const value of values) data.append(name, value);
  return data;
}, { cells });

export const step = (name) => send(url(name), () => withScreen(new FormData())).then(({ drawn }) => drawn);
export const placeIn = (cell, who, into) => send(url("place"), () => {
  const data = withCell(new FormData(), cell);
  data.set("who", who);
  data.set("into", typeof into === "function" ? into() : into);
  return data;
}, { cells: [cell] });
