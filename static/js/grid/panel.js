// The inspector: Select for one cell, Issues and Tallies for the dates on the page.
import { $, $$, announce, fill, fragment } from "../dom.js";
import { addressFor, onDrawn, send, trouble, withCell } from "./send.js";
import { cellAt, dateOf, focusCell, grid, narrow, rowOf } from "./table.js";

export const panel = $("[data-inspector]");
const body = $("[data-inspector-body]", panel);
let chosen = null; // the cell whose Select is shown
let asking = null; // the request for Select that is under way
let tab = $(".tab[aria-current]", panel)?.dataset.tab ?? "select";

export const isOpen = () => !panel.hidden && tab === "select";
export const choose = (cell) => {
  for (const other of $$("td.is-chosen", grid)) { other.classList.remove("is-chosen"); if (!other.classList.contains("is-range")) other.removeAttribute("aria-selected"); }
  cell?.classList.add("is-chosen");
  cell?.setAttribute("aria-selected", "true");
  chosen = cell;
};

const filled = (content) => {
  const had = body.contains(document.activeElement);
  fill(body, content);
  for (const one of $$("[data-script]", body)) one.hidden = false;
  if (had && !body.contains(document.activeElement)) ($("h2", body) ?? panel).focus();
};

export const show = async (name, { focus = true } = {}) => {
  tab = name;
  panel.hidden = false;
  for (const one of $$(".tab", panel)) one.dataset.tab === name ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current");
  for (const one of $$("[data-tab-body]", panel)) one.hidden = one.dataset.tabBody !== name;
  const place = $(`[data-tab-body="${name}"]`, panel);
  if (name !== "select") {
    try {
      const { ok, document: parsed } = await fragment(addressFor(name === "issues" ? "status" : "tallies"));
      const part = name === "issues" ? $('template[data-part="grid-issue-list"]', parsed) : parsed.body;
      if (ok && part) place.replaceChildren(document.importNode(part.content ?? part, true));
    } catch { trouble(); }
  }
  if (focus) ($("a, button", place) ?? panel).focus();
};

// Opens Select at a cell; focuses the first of the selectors that is there.
export const open = async (cell, ...focusOn) => {
  choose(cell);
  if (tab !== "select") show("select", { focus: false });
  panel.hidden = false;
  asking?.abort();
  asking = new AbortController();
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fragment(addressFor("cell", { row: rowOf(cell), date: dateOf(cell) }), { signal: asking.signal });
    const content = $("[data-answer-panel]", answer.document);
    if (content) filled(content);
    if (focusOn.length) goTo([...focusOn, "h2"].map((one) => $(one, body)).find(Boolean) ?? panel);
  } catch (error) {
    if (error.name !== "AbortError") trouble();
  } finally { panel.removeAttribute("aria-busy"); }
};
const goTo = (target) => {
  const box = target.closest("details");
  if (box) box.open = true;
  target.focus();
};
// Somebody of the list goes into its form, with what placing does as chosen above; the reason is left to write.
const placeAnyway = (who) => {
  const form = $("[data-anyway-form]", body);
  form.elements.who.value = who;
  const into = $("[name=into]:checked", body);
  if (into) form.elements.into.value = into.value;
  goTo(form.elements.reason);
};
export const close = () => {
  if (narrow.matches) panel.hidden = true;
  if (chosen) focusCell(chosen);
  else $('td[tabindex="0"]', grid)?.focus();
};

// After an edit Select shows what stands now: from the answer, or asked for once edits pause.
let later = 0;
onDrawn((cells, content) => {
  if (content) { choose(cellAt(content.dataset.row, content.dataset.date) ?? chosen); filled(content); if (tab !== "select") show("select", { focus: false }); panel.hidden = false; return; }
  if (!chosen || !isOpen() || !cells.has(chosen)) return;
  clearTimeout(later);
  later = setTimeout(() => { if (chosen && isOpen() && !body.contains(document.activeElement)) open(chosen); }, 600);
});

export const start = () => {
  const first = $('td[aria-selected="true"]', grid);
  if (first) choose(first);
  if (!first && tab === "select" && narrow.matches) panel.hidden = true;
  for (const one of $$("[data-script]")) one.hidden = false;

  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-panel-close]")) close();
    const focus = event.target.closest("[data-focus]");
    if (focus) goTo(document.getElementById(focus.dataset.focus));
    const anyway = event.target.closest("[data-anyway]");
    if (anyway) placeAnyway(anyway.dataset.anyway);
    const jump = event.target.closest("[data-jump]");
    if (!jump) return;
    const cell = cellAt(jump.dataset.row, jump.dataset.date);
    if (!cell) return; // the link leads to the page that has it
    event.preventDefault();
    focusCell(cell);
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    open(cell);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-tab]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(link.dataset.tab);
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (!chosen) return;
    const cell = chosen;
    const data = withCell(new FormData(form, event.submitter), cell);
    data.set("panel", "1");
    const { ok } = await send(form.action, data, { cells: [cell] });
    if (!ok) ($("[data-anyway-reason]", body) ?? $("[role=alert]", body))?.focus();
    else if (form.hasAttribute("data-back-to-grid")) focusCell(cell);
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
};
