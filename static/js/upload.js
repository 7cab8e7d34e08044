// A file beyond the limit is refused before it travels. The server refuses it too.
import { $, $$ } from "./dom.js";

const megabytes = (bytes) => Math.ceil(bytes / 1024 / 1024);
for (const input of $$("input[type=file][data-limit]")) {
  const limit = Number(input.dataset.limit);
  input.addEventListener("change", () => {
    const place = $("[data-upload-problem]");
    const file = input.files[0];
    const tooLarge = Boolean(file) && file.size > limit;
    const text = tooLarge ? `${file.name} has ${megabytes(file.size)} MB; a roster may have at most ${megabytes(limit)} MB. Keep only the worksheet with the roster, or import it in several shorter date ranges.` : "";
    input.setCustomValidity(text);
    input.setAttribute("aria-invalid", String(tooLarge));
    const note = document.createElement("div");
    note.className = "note note--bad";
    note.append(text);
    place.replaceChildren(...(text ? [note] : []));
    for (const button of $$("button[type=submit]", input.form)) button.disabled = tooLarge;
  });
}
