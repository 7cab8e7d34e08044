// After a publication: asks every two seconds where it has arrived, until all have answered or two minutes are over.
import { $, $$, fill, fragment } from "./dom.js";

const EVERY = 2000, MOST = 60;

const follow = async (place) => {
  for (let turn = 0; turn < MOST; turn += 1) {
    try {
      const { ok, document: parsed } = await fragment(place.dataset.receipt);
      if (!ok) { place.hidden = true; return; }
      fill(place, parsed.body);
      if ($("[data-settled='1']", place)) return;
    } catch { /* the network is away for a moment: ask again */ }
    await new Promise((next) => { setTimeout(next, EVERY); });
  }
};
for (const place of $$("[data-receipt]")) follow(place);
