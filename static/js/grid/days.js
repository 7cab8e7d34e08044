// On a phone one day is shown; the two arrows step through the days, week after week, page after page. And the filter of rows.
import { $, $$ } from "../dom.js";
import { grid } from "./table.js";

const step = (by) => {
  const all = [...grid.tBodies].flatMap((week) => [...week.rows[0].cells].slice(1).map((head) => [week, head]));
  const at = all.findIndex(([week, head]) => week.hasAttribute("data-current") && String(head.cellIndex) === grid.dataset.day);
  const next = all[at + by];
  if (!next) { const link = $(`[data-window="${by}"]`); if (link) location.href = link.href; return; }
  for (const week of grid.tBodies) week.toggleAttribute("data-current", week === next[0]);
  grid.dataset.day = next[1].cellIndex;
  $("[data-day-name]").textContent = next[1].dataset.name;
};

export const start = () => {
  for (const button of $$("[data-day-step]")) button.addEventListener("click", () => step(Number(button.dataset.dayStep)));
  const filter = $("[data-row-filter]");
  filter?.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const tr of $$("tr[data-row]", grid)) {
      const name = $(".rowhead__name", tr).textContent.toLowerCase();
      tr.hidden = !words.every((word) => name.includes(word));
    }
    const address = new URL(location.href);
    filter.value ? address.searchParams.set("q", filter.value) : address.searchParams.delete("q");
    history.replaceState(null, "", address);
  });
  filter?.addEventListener("change", (event) => event.stopPropagation()); // the rows are filtered already
};
