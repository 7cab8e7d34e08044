// Edits of others appear as they happen: a small question every few seconds, none while the page is hidden.
import { $, $$, announce, fragment } from "../dom.js";
import { addressFor, draw, edits, recount, say } from "./send.js";
import { grid } from "./table.js";

const EVERY = 7000;
const seen = new Set();
let since = grid?.dataset.since;
let timer = 0;

const told = (entries) => {
  const fresh = entries.filter((one) => !seen.has(one.dataset.entry));
  for (const one of fresh) seen.add(one.dataset.entry);
  const by = new Map();
  for (const one of fresh) by.set(one.dataset.actor, (by.get(one.dataset.actor) ?? 0) + 1);
  if (!by.size) return;
  const words = [...by].map(([actor, count]) => `${actor} changed ${count} ${count === 1 ? "shift" : "shifts"}`).join("; ");
  const place = document.getElementById("grid-others");
  if (place) place.textContent = ` · ${words}`;
  announce(words);
  recount();
};

const ask = async () => {
  const before = edits.done;
  if (document.hidden || edits.running) return;
  try {
    const { ok, document: parsed } = await fragment(addressFor("since", { since }));
    if (!ok || edits.running || before !== edits.done) return; // an edit of ours is newer than this answer
    const state = $("[data-now]", parsed);
    since = state.dataset.now;
    if (state.hasAttribute("data-reload")) {
      const note = document.createElement("p");
      note.textContent = "Much of this schedule was changed at once, by an import or a template. Load the page again to see it.";
      say([note]);
      return;
    }
    draw(parsed);
    told($$("[data-entry]", parsed));
  } catch { /* the next one asks again */ }
};
const turn = async () => { clearTimeout(timer); await ask(); timer = setTimeout(turn, EVERY); };

export const start = () => {
  if (!since) return;
  timer = setTimeout(turn, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) turn(); });
};
