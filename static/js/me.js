// Copying the private calendar link. Without script the field can be selected and copied by hand.
import { $, $$, announce } from "./dom.js";

for (const button of $$("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    source.select();
    try { await navigator.clipboard.writeText(source.value); } catch { document.execCommand("copy"); }
    announce("Copied");
    const said = $("[data-copied]", button.parentElement) ?? button.parentElement.appendChild(document.createElement("small"));
    said.dataset.copied = "1";
    said.textContent = "Copied";
  });
}
