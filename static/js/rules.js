// Rules: a trial takes the focus where it was asked for; in the matrix arrows move between pairs and 1 to 3 choose.
import { $, $$, announce } from "./dom.js";

$("[data-focus]")?.focus();

const matrix = $("[data-matrix]");
if (matrix) {
  const rows = $$("tbody tr", matrix).map((row) => $$("select", row));
  const place = (select) => {
    const y = rows.findIndex((row) => row.includes(select));
    return [y, rows[y].indexOf(select)];
  };
  const mark = (select) => { select.dataset.how = select.value; };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  matrix.addEventListener("keydown", (event) => {
    const select = event.target.closest("select");
    if (!select || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = steps[event.key];
    if (step) {
      const [y, x] = place(select);
      const next = rows[y + step[0]]?.[x + step[1]];
      event.preventDefault();
      next?.focus();
    } else if (["1", "2", "3"].includes(event.key)) {
      event.preventDefault();
      select.selectedIndex = Number(event.key) - 1;
      mark(select);
      announce(`${select.getAttribute("aria-label")}: ${select.selectedOptions[0].textContent.slice(1).trim()}`);
    }
  });
  matrix.addEventListener("change", (event) => mark(event.target));
}
