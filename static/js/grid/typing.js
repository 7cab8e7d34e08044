// Typing on a cell: a name, initials or a code; Enter places, Shift Enter adds beside what stands there.
import { $, $$, putAt } from "../dom.js";
import { combobox } from "./names.js";
import { isRange, selected } from "./range.js";
import { act, placeIn } from "./send.js";
import { focusCell, grid, nameOf } from "./table.js";

let box = null;

const into = (cell, add) => {
  if (add) return "new";
  const open = grid.dataset.rows === "assignment" ? $(".shift--open[data-shift]", cell) : null;
  const shifts = $$("[data-shift]", cell);
  const target = open ?? (shifts.length === 1 ? shifts[0] : null);
  return target ? `${target.dataset.shift}:${target.dataset.v}` : "new";
};

const close = () => { box?.remove(); box = null; };

export const type = (cell, first) => {
  close();
  box = document.createElement("div");
  box.className = "typeahead typeahead--cell";
  const input = document.createElement("input");
  input.className = "input input--small";
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "type-list", autocomplete: "off", "aria-label": `Place in ${nameOf(cell)}` })) input.setAttribute(name, value);
  const list = document.createElement("ul");
  list.className = "typeahead__list";
  list.id = "type-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Names");
  box.append(input, list);
  document.getElementById("main").append(box);
  const at = cell.getBoundingClientRect();
  putAt(box, Math.max(0, Math.min(at.left, innerWidth - 240)), at.top);
  box.style.inlineSize = `${Math.max(at.width, 200)}px`;
  const back = () => { close(); focusCell(cell); };
  const { draw } = combobox(input, list, {
    picked: ({ id }, event) => {
      const cells = selected(cell);
      const add = event.shiftKey;
      back();
      if (isRange()) act("fill", cells, { who: id, add: add ? "1" : "" });
      else placeIn(cell, id, () => into(cell, add)).then(({ ok }) => { if (!ok) $("[data-anyway-reason]")?.focus(); });
    },
    cancelled: back,
  });
  input.addEventListener("blur", () => setTimeout(() => { if (box && !box.contains(document.activeElement)) close(); }, 0));
  input.focus();
  input.value = first;
  if (first) draw();
};
