// The layout editor: the sample follows the form a moment after the last change, and columns move without a round trip.
// Without it every button does the same by sending the form. The server checks everything again.
import { $, $$, announce, fill, fragment } from "./dom.js";

const form = $("form[data-layout]");
const place = $("[data-sample-place]"), body = $("[data-columns]", form), blank = $("[data-blank]", form);
const rows = () => $$("[data-column]", body);
let later = 0, asking = null, edited = form.hasAttribute("data-unsaved");

const number = () => {
  rows().forEach((row, at) => {
    row.querySelector(".l-no").textContent = at + 1;
    for (const one of $$("[aria-label]", row)) one.setAttribute("aria-label", one.getAttribute("aria-label").replace(/column [0-9]+/, `column ${at + 1}`));
    for (const one of $$("[data-act]", row)) one.value = `${one.dataset.act}:${at}`;
  });
  $("[data-count]", form).textContent = rows().length;
};

// What is wrong, beside what it is about.
const explain = () => {
  for (const one of $$("[data-why], .field__error[id^='p-']", form)) one.remove();
  for (const one of $$("[data-part], [data-cell]", form)) {
    one.removeAttribute("aria-invalid");
    const help = one.id && document.getElementById(`${one.id}-help`) ? `${one.id}-help` : "";
    if (help) one.setAttribute("aria-describedby", help); else one.removeAttribute("aria-describedby");
  }
  for (const problem of $$("[data-problems] li", place)) {
    const { index, part } = problem.dataset, text = $("span", problem).textContent;
    if (index !== "") column(Number(index), part, text); else property(part, text);
  }
};

const column = (at, part, text) => {
  const row = rows()[at], id = `why-${at + 1}`;
  if (!row) return;
  let why = row.nextElementSibling?.matches("[data-why]") ? row.nextElementSibling : null;
  if (!why) {
    why = document.createElement("tr");
    why.className = "why"; why.dataset.why = "";
    why.insertCell();
    const cell = why.insertCell(); cell.colSpan = 5; cell.id = id;
    row.after(why);
    for (const one of $$("[data-cell]", row)) one.setAttribute("aria-describedby", id);
  }
  why.lastElementChild.append(why.lastElementChild.textContent ? ` ${text}` : text);
  if (part) $(`[data-cell="${part}"]`, row)?.setAttribute("aria-invalid", "true");
};

const property = (part, text) => {
  const control = $(`[data-part="${part}"]`, form);
  if (!control) return;
  const id = `p-${part}-error`;
  let error = document.getElementById(id);
  if (!error) {
    error = document.createElement("p");
    error.className = "field__error"; error.id = id;
    control.closest(".field").append(error);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
  }
  error.append(error.textContent ? ` ${text}` : text);
};

const look = async () => {
  asking?.abort();
  asking = new AbortController();
  place.setAttribute("aria-busy", "true");
  const marks = $(".l-marks", place)?.checked, bytes = $(".l-bytes", place)?.open;
  const sent = new FormData(form);
  for (const name of ["file", "json", "act"]) sent.delete(name);
  try {
    const { ok, document: parsed } = await fragment(form.dataset.layout, { body: sent, signal: asking.signal });
    if (!ok) throw new Error("refused");
    fill(place, parsed.body);
    const box = $(".l-marks", place), more = $(".l-bytes", place);
    if (box) box.checked = Boolean(marks);
    if (more) more.open = Boolean(bytes);
    explain();
    const wrong = $$("[data-problems] li", place).length;
    announce(wrong ? `${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong` : "Sample updated");
  } catch (error) {
    if (error.name !== "AbortError") announce("The sample could not be drawn. The layout is unchanged.");
  } finally { place.removeAttribute("aria-busy"); }
};
const soon = () => { edited = true; clearTimeout(later); later = setTimeout(look, 300); };

const act = (button) => {
  const row = button.closest("[data-column]"), all = rows(), at = all.indexOf(row), kind = button.dataset.act;
  for (const one of $$("[data-why]", body)) one.remove();
  let focus = button, said = "";
  if (kind === "add") {
    body.append(blank.content.cloneNode(true));
    focus = $("[data-cell=header]", rows().at(-1)); said = `Column ${rows().length} added`;
  } else if (kind === "remove") {
    row.remove();
    focus = $("[data-act=remove]", rows()[Math.min(at, rows().length - 1)] ?? form) ?? $("[data-act=add]", form); said = `Column ${at + 1} removed`;
  } else {
    const other = all[at + (kind === "up" ? -1 : 1)];
    if (!other) return;
    if (kind === "up") other.before(row); else other.after(row);
    said = `Column ${at + 1} is number ${rows().indexOf(row) + 1} now`;
  }
  number();
  focus.focus();
  announce(said);
  soon();
};

form.addEventListener("input", (event) => { if (!event.target.matches("[data-untracked]")) soon(); });
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) { event.preventDefault(); act(button); }
  else if (event.target.closest("[name=act][value=look]")) { event.preventDefault(); look(); }
});
form.addEventListener("submit", () => { edited = false; });
addEventListener("beforeunload", (event) => { if (edited) event.preventDefault(); });
