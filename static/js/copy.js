// [data-copy="id"]: copies what stands in that field. Without script the field is selected and copied by hand.
import { $$, announce } from "./dom.js";

for (const button of $$("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  if (!field) continue;
  button.hidden = !navigator.clipboard;
  if (field.autofocus) field.select();
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(field.value); announce("Copied."); } catch { field.select(); announce("Press Ctrl-C to copy."); }
  });
}
