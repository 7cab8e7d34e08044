// The editor of a tally: what it would count follows the form, a moment after the last change.
import { $, announce, fill, fragment } from "./dom.js";

const form = $("form[data-preview]");
const place = form && $("[data-preview-place]", form);
let later = 0;
let asking = null;

const look = async () => {
  asking?.abort();
  asking = new AbortController();
  const given = new URLSearchParams(new FormData(form));
  given.delete("csrfmiddlewaretoken");
  place.setAttribute("aria-busy", "true");
  try {
    const { ok, document: parsed } = await fragment(`${form.dataset.preview}?${given}`, { signal: asking.signal });
    if (!ok) throw new Error("refused");
    fill(place, parsed.body);
    announce("The numbers beside the form have been counted again.");
  } catch (error) {
    if (error.name !== "AbortError") announce("The numbers could not be counted. The form is unchanged.");
  } finally { place.removeAttribute("aria-busy"); }
};

form?.addEventListener("input", (event) => {
  if (event.target.matches("[name=name], [name=short], [name=beside_grid]")) return;
  clearTimeout(later);
  later = setTimeout(look, 250);
});
