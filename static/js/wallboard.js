// The wallboard turns its pages when the departments do not all fit. Without it the whole board stands there, to scroll.
import { $, $$ } from "./dom.js";

const TURN = 12000;
const place = $("[data-board-place]"), pause = $("[data-wall-pause]");
let pages = [], at = 0, timer = 0, paused = false;

const show = () => {
  pages.forEach((units, n) => units.forEach((unit) => { unit.hidden = n !== at; }));
  const many = pages.length > 1;
  for (const one of $$("[data-wall-pages], [data-wall-back], [data-wall-pause], [data-wall-on]")) one.hidden = !many;
  $("[data-wall-pages]").textContent = many ? `Page ${at + 1} of ${pages.length}` : "";
};
const turn = (by) => { at = (at + by + pages.length) % pages.length; show(); };
const run = () => { clearInterval(timer); if (!paused && pages.length > 1) timer = setInterval(() => turn(1), TURN); };

// As many units as fit above the foot of the screen make a page; one that is taller than the screen has a page of its own.
const lay = () => {
  const units = $$(".wall__unit", place), room = innerHeight - place.getBoundingClientRect().top - 8;
  units.forEach((unit) => { unit.hidden = true; });
  pages = [];
  let current = [];
  for (const unit of units) {
    unit.hidden = false;
    if (current.length && $(".wall__units", place).getBoundingClientRect().height > room) {
      pages.push(current);
      current.forEach((one) => { one.hidden = true; });
      current = [];
    }
    current.push(unit);
  }
  if (current.length) pages.push(current);
  at = Math.min(at, Math.max(0, pages.length - 1));
  show();
  run();
};

const toggle = () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  $("span", pause).textContent = paused ? "Go on" : "Pause";
  run();
};
pause.addEventListener("click", toggle);
$("[data-wall-back]").addEventListener("click", () => { turn(-1); run(); });
$("[data-wall-on]").addEventListener("click", () => { turn(1); run(); });
addEventListener("keydown", (event) => {
  if (pages.length < 2 || event.target.closest?.("a, button") && event.key === " ") return;
  if (event.key === "ArrowRight" || event.key === "PageDown") { turn(1); run(); event.preventDefault(); }
  if (event.key === "ArrowLeft" || event.key === "PageUp") { turn(-1); run(); event.preventDefault(); }
  if (event.key === " ") { toggle(); event.preventDefault(); }
});
const full = $("[data-wall-full]");
if (document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); });
}
addEventListener("resize", lay);
place.addEventListener("board:drawn", lay);
lay();
