// [data-when="id=value"]: a field that counts only beside that choice is shown only beside it. Without script all are shown, each with a note.
import { $$ } from "./dom.js";

const fields = $$("[data-when]").map((field) => {
  const [name, value] = field.dataset.when.split("=");
  return { field, value, choice: document.getElementById(name) };
}).filter((one) => one.choice);

const panels = new Set(fields.map(({ field }) => field.closest("fieldset.panel")).filter(Boolean));

const show = () => {
  for (const { field, value, choice } of fields) field.hidden = choice.value !== value && !field.querySelector("[aria-invalid]");
  // A panel of which nothing is left is not shown either.
  for (const panel of panels) panel.hidden = !panel.querySelector(".field:not([hidden])");
};
for (const choice of new Set(fields.map((one) => one.choice))) choice.addEventListener("change", show);
for (const { field } of fields) field.querySelector(".whennote")?.remove();
show();
