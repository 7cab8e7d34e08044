// The board of Today: refreshes itself, keeps the time left true, follows the scrubber. Without it every part is a link or a form.
import { $, $$, announce } from "./dom.js";

const place = $("[data-board-place]");
const STEP = 15, HOUR = 60, RETRY = 5000;
let parameters = new URLSearchParams(location.search);
let asking = null, timer = 0, failed = false;

const board = () => $("[data-board]", place);
const live = () => board().dataset.live === "1";
const put = (selector, text) => $$(selector).forEach((one) => { one.textContent = text; });

// -- refreshing -----------------------------------------------------------------------------------------------------
const soon = (after) => { clearTimeout(timer); timer = setTimeout(refresh, after); };
const every = () => Number(place.dataset.every) * 1000;

const stale = (is) => {
  const sign = $("[data-stale]");
  document.body.classList.toggle("is-stale", is);
  $("[data-stamp]")?.classList.toggle("stamp--bad", is);
  if (is === failed) return;
  failed = is;
  if (is) put("[data-stale-since]", $("[data-as-of]").textContent);
  sign.hidden = !is;
  if (!is) announce("The board is up to date again");
};

// Nodes that are the same stay: focus, open parts and a reader's place in the page are not lost.
const swap = (fresh) => {
  const focused = document.activeElement?.closest?.("[data-board-place] *") ? document.activeElement : null;
  const back = focused && (focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("href") ? `[href="${CSS.escape(focused.getAttribute("href"))}"]` : "");
  const opened = $$("details[open]", place).map((one) => one.id).filter(Boolean);
  const kept = new Map($$("section[id]", place).map((one) => [one.id, one]));
  const next = document.importNode(fresh, true);
  for (const unit of $$("section[id]", next)) {
    const old = kept.get(unit.id);
    if (old && old.dataset.drawn === unit.outerHTML) unit.replaceWith(old); else unit.dataset.drawn = unit.outerHTML;
  }
  place.replaceChildren(next);
  for (const id of opened) { const one = document.getElementById(id); if (one) one.open = true; }
  if (focused && !focused.isConnected && back) $(back, place)?.focus({ preventScroll: true });
  place.dispatchEvent(new CustomEvent("board:drawn", { bubbles: true }));
};

const told = (was) => {
  const now = board().dataset;
  put("[data-show=title]", now.title);
  put("[data-show=number]", now.number);
  put("[data-show=lead]", now.lead);
  put("[data-span-now]", now.live === "1" ? "Now" : "Then");
  if (was.number !== now.number && was.known === now.known) announce(`Updated: publication ${now.number}`);
  if (now.live === "1" && was.live === "1" && was.date !== now.date) location.reload();
};

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  asking?.abort();
  const mine = asking = new AbortController();
  const quiet = setTimeout(() => mine.abort("slow"), 15000);
  try {
    const headers = { "X-Fragment": "1", "HX-Request": "true", Accept: "text/html" };
    if (!failed) headers["If-None-Match"] = board().dataset.etag;
    const query = parameters.toString();
    const answer = await fetch(place.dataset.fragment + (query ? `?${query}` : ""), { headers, signal: mine.signal, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401 || answer.status === 403 || (answer.redirected && !answer.headers.has("X-Fragment"))) { location.reload(); return; }
    if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    if (answer.status === 200) {
      const was = { ...board().dataset };
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      swap(parsed.querySelector("[data-board]"));
      told(was);
    }
    put("[data-as-of]", answer.headers.get("X-As-Of") ?? "");
    stale(false);
    tick();
    soon(every());
  } catch {
    if (mine !== asking) return;
    stale(true);
    soon(RETRY);
  } finally { clearTimeout(quiet); }
}

document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else refresh(); });
addEventListener("online", () => refresh());
addEventListener("offline", () => stale(true));
$("[data-retry]")?.addEventListener("click", () => refresh());
$("[data-refresh]")?.addEventListener("click", (event) => { event.preventDefault(); refresh().then(() => announce("Refreshed")); });

// -- the time left, between two refreshes ---------------------------------------------------------------------------
const two = (n) => String(n).padStart(2, "0");
const span = (seconds) => {
  const minutes = Math.max(0, Math.floor(seconds / 60)), days = Math.floor(minutes / 1440);
  if (days >= 2) return `${days} d ${Math.floor(minutes / 60) % 24} h`;
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m` : `${minutes} m`;
};
function tick() {
  if (!live()) return;
  const now = Date.now() / 1000;
  for (const row of $$("[data-ends]", place)) {
    const starts = Number(row.dataset.starts), ends = Number(row.dataset.ends), text = $("[data-left]", row);
    if (text && ends > now) { const said = starts > now ? `in ${span(starts - now)}` : span(ends - now); if (text.textContent !== said) text.textContent = said; }
    const bar = $(".left .done, .left .soon", row);
    if (bar && ends > starts) bar.setAttribute("width", Math.min(100, Math.max(0, Math.floor((now - starts) * 100 / (ends - starts)))));
  }
}
setInterval(() => { if (!document.hidden) tick(); }, 10000);

// -- the scrubber ---------------------------------------------------------------------------------------------------
const track = $("[data-scrub]");
if (track) {
  const form = track.form, quarters = form.dataset.quarters.split("|"), nowMinute = Number(form.dataset.nowMinute);
  const said = (minute) => {
    const [clock, which] = quarters[Math.floor(minute / STEP)].split(" ");
    const [hour, quarter] = clock.split(":").map(Number);
    return `${two(hour)}:${two(quarter + minute % STEP)}${which ? ` ${which}` : ""}`;
  };
  const show = () => {
    const minute = Number(track.value), past = board().dataset.date < form.elements.date.value ? "ahead" : minute < nowMinute ? "past" : "ahead";
    put("[data-scrub-clock]", said(minute));
    put("[data-scrub-relation]", past);
    track.setAttribute("aria-valuetext", `${said(minute)}, ${past}`);
  };
  let pending = 0;
  const go = () => {
    parameters = new URLSearchParams(new FormData(form));
    const kept = $("#asked");
    for (const name of ["date", "minute"]) { const field = kept.elements[name]; field.disabled = false; field.value = parameters.get(name); }
    for (const link of $$("a", $(".scrub__day", form))) { const url = new URL(link.href); url.searchParams.set("minute", track.value); link.href = url; }
    history.replaceState(null, "", `${place.dataset.page}?${parameters}`);
    refresh().then(() => {
      const { clock, relation } = board().dataset;
      put("[data-scrub-relation]", relation);
      track.setAttribute("aria-valuetext", `${clock}, ${relation}`);
    });
  };
  const later = () => { clearTimeout(pending); pending = setTimeout(go, 200); };
  track.addEventListener("input", () => { show(); later(); });
  track.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -HOUR, PageUp: HOUR }[event.key];
    if (!by) return;
    event.preventDefault();
    const value = Number(track.value), step = event.shiftKey ? Math.sign(by) : by, size = Math.abs(step);
    track.value = String(step > 0 ? (Math.floor(value / size) + 1) * size : (Math.ceil(value / size) - 1) * size);
    show();
    later();
  });
  $("[data-scrub-show]").hidden = true;
}

// -- a clock elsewhere -------------------------------------------------------------------------------------------------
const other = $("[data-other-zone]");
if (other) {
  const at = (timeZone) => new Intl.DateTimeFormat("en-US", { timeZone, dateStyle: "short", timeStyle: "short" }).format(new Date());
  other.hidden = at(other.dataset.otherZone) === at(undefined);
}

for (const unit of $$("section[id]", place)) unit.dataset.drawn = unit.outerHTML;
$$("[data-refreshes]").forEach((one) => { one.hidden = false; });
tick();
soon(every());
