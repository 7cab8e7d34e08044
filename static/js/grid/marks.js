// Conflicts as they change: marks come and go on shifts and cells without anything else being drawn again.
import { $, $$ } from "../dom.js";
import { cellAt, grid } from "./table.js";

const SVG = "http://www.w3.org/2000/svg";
const GLYPH = { hard: ["i-hard", "hard"], soft: ["i-soft", "soft"], kept: ["i-kept", "soft"] };

const mark = ({ severity, person = "" }, words) => {
  const span = document.createElement("span");
  span.className = "shift__mark";
  span.dataset.conflict = person;
  span.title = words;
  const [look, name] = GLYPH[severity];
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon--12 ${look}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  const text = document.createElement("span");
  text.className = "vh";
  text.textContent = words;
  span.append(svg, text);
  return span;
};

const strip = (old) => {
  old.closest(".shift")?.classList.remove("shift--hard", "shift--soft");
  (old.closest(".cell__mark") ?? old).remove();
};

const findShift = (id) => $(`[data-shift="${id}"]`, grid) ?? $$("[data-more]", grid).find((one) => one.dataset.more.includes(id));

// A list of what stands: of some people, or (data-all) of everybody with the cover of every day.
export const applyMarks = (template) => {
  const all = template.hasAttribute("data-all");
  const people = new Set((template.dataset.people ?? "").split(",").filter(Boolean));
  for (const old of $$("[data-conflict]", grid)) if (all || people.has(old.dataset.conflict)) strip(old);
  for (const one of $$("i", template.content)) {
    if (one.dataset.shift) {
      const shift = findShift(one.dataset.shift);
      if (!shift || $("[data-conflict]", shift)) continue;
      if (one.dataset.severity !== "kept") shift.classList.add(`shift--${one.dataset.severity}`);
      shift.insertBefore(mark(one.dataset, one.title), $(".shift__time", shift));
    } else {
      const cell = cellAt(one.dataset.row, one.dataset.date);
      if (!cell) continue;
      const place = document.createElement("span");
      place.className = "cell__mark";
      place.title = one.title;
      place.append(mark(one.dataset, one.title));
      cell.append(place);
    }
  }
  if (all) days($$("b", template.content));
};

const days = (counts) => {
  for (const old of $$(".day__fact[data-hard]", grid)) old.remove();
  for (const { dataset } of counts) {
    const head = $(`th[data-date="${dataset.date}"]`, grid);
    if (!head) continue;
    const fact = document.createElement("span");
    fact.className = "day__fact is-bad";
    fact.dataset.hard = "";
    const glyph = mark({ severity: "hard" }, "").firstChild;
    fact.append(glyph, `${dataset.count} hard`);
    head.insertBefore(fact, $(".day__fact[data-open]", head));
  }
};
