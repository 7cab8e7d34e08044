// An editor with a preview beside it: what is shown there follows the form, a moment after the last change.
import { $, announce, fill, fragment } from "./dom.js";

const form = $("form[data-preview]");
const place = form && $("[data-preview-place]");
let later = 0;
let asking = null;

const look = async () => {
  asking?.abort();
  asking = new AbortController();
  place.setAttribute("aria-busy", "true");
  try {
    const { ok, document: parsed } = await fragment(form.dataset.preview, { body: new FormData(form), signal: asking.signal });
    if (!ok) throw new Error("refused");
    fill(place, parsed.body);
    announce(form.dataset.previewed);
  } catch (error) {
    if (error.name !== "AbortError") announce("The preview could not be drawn. The form is unchanged.");
  } finally { place.removeAttribute("aria-busy"); }
};

form?.addEventListener("input", (event) => {
  if (event.target.matches("[name=name], [name=short], [name=beside_grid]")) return;
  clearTimeout(later);
  later = setTimeout(look, 250);
});
