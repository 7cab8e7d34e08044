// Asking and deciding. The calendar chooses a range by click, Enter or arrow keys and writes it into the date fields; the fields
// stay the truth, and everything works without this.
import { $, $$, announce, fill, fragment } from "./dom.js";

// An answer that is typed or chosen also ticks its radio button.
for (const field of $$("[data-picks]")) {
  const [name, value] = field.dataset.picks.split(":");
  field.addEventListener("input", () => {
    const radio = $$(`input[type=radio][name="${name}"]`).find((one) => one.value === value);
    if (radio && field.value) radio.checked = true;
  });
}

// What a refused decision is about gets the focus.
$("[aria-invalid=true]")?.focus();

const form = $("[data-ask]");
if (form) {
  form.dataset.live = "";
  const place = $("[data-calendar]", form);
  const first = form.elements.first;
  const last = form.elements.last;
  const days = () => $$("[data-day]", place);
  const dayOf = (iso) => days().find((day) => day.dataset.day === iso);
  const kind = () => form.elements.kind.value;
  let open = false; // a first day was chosen and the last is still to come

  const told = (iso) => new Date(`${iso}T12:00`).toLocaleDateString("en-US", { weekday: "long", month: "long", day: "numeric" });
  const shift = (iso, by) => {
    const [year, month, day] = iso.split("-").map(Number);
    return new Date(Date.UTC(year, month - 1, day + by)).toISOString().slice(0, 10);
  };

  // One tab stop; the chosen first day, else today or the first day, holds it.
  const paint = () => {
    const from = first.value;
    const to = last.value || from;
    for (const day of days()) {
      const chosen = Boolean(from) && day.dataset.day >= from && day.dataset.day <= to;
      day.classList.toggle("is-chosen", chosen);
      day.setAttribute("aria-pressed", String(chosen));
      day.setAttribute("role", "button");
      day.tabIndex = -1;
    }
    const stop = dayOf(from) ?? $(".is-today [data-day]", place) ?? $("td:not(.is-outside) [data-day]", place);
    if (stop) stop.tabIndex = 0;
  };

  const turn = async (month, focus) => {
    const address = `${$("[data-source]", place).dataset.source}&kind=${kind()}&month=${month}&first=${first.value}&last=${last.value}`;
    try {
      const { ok, document: parsed } = await fragment(address);
      if (!ok) throw new Error("refused");
      fill(place, parsed.body);
      paint();
      announce($("#cal-title", place).textContent);
      if (focus) dayOf(focus)?.focus();
    } catch {
      announce("The calendar could not be loaded. Type the dates instead.");
    }
  };

  const choose = (iso) => {
    if (open && iso >= first.value) {
      last.value = iso;
      open = false;
      announce(`${told(first.value)} to ${told(iso)} chosen.`);
    } else {
      first.value = iso;
      last.value = iso;
      open = true;
      announce(`From ${told(iso)}. Choose the last day.`);
    }
    paint();
    dayOf(iso)?.focus();
  };

  place.addEventListener("click", (event) => {
    const day = event.target.closest("[data-day]");
    const to = event.target.closest("[data-turn]");
    if (event.ctrlKey || event.metaKey || event.shiftKey || (!day && !to)) return;
    event.preventDefault();
    if (day) choose(day.dataset.day);
    else turn(to.dataset.turn).then(() => $(`[data-turn]${to.matches(".push") ? ".push" : ":not(.push)"}`, place)?.focus());
  });

  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, PageUp: -28, PageDown: 28 };
  place.addEventListener("keydown", (event) => {
    const day = event.target.closest("[data-day]");
    if (!day) return;
    if (event.key === " ") { event.preventDefault(); choose(day.dataset.day); return; }
    if (!(event.key in steps)) return;
    event.preventDefault();
    const to = shift(day.dataset.day, steps[event.key]);
    const there = dayOf(to);
    if (there) { days().forEach((one) => { one.tabIndex = -1; }); there.tabIndex = 0; there.focus(); } else turn(to.slice(0, 7), to);
  });

  for (const field of [first, last]) field.addEventListener("change", () => { open = false; paint(); });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "kind") return;
    offer();
    turn($("[data-month]", place).dataset.month);
  });

  // Only what this kind may name.
  const wants = $("[data-wants]", form);
  const offer = () => {
    const absence = kind() === "time_off";
    for (const group of $$("optgroup", wants)) {
      const fits = group.label === "Any of a type" || (group.label === "Absences") === absence;
      group.hidden = !fits;
      group.disabled = !fits;
    }
    if (wants.selectedOptions[0]?.parentElement.disabled) wants.value = "";
  };
  offer();
  paint();
}
