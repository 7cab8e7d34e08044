// [data-find="selector"] inside [data-find-in]: a box that leaves of a list what holds every word. What is chosen stays.
import { $$ } from "./dom.js";

for (const box of $$("[data-find]")) {
  box.hidden = false;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of $$(box.dataset.find, box.closest("[data-find-in]"))) {
      const told = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => told.includes(word)) && !item.querySelector(":checked");
    }
  });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
