// Asks for the fragment again every two seconds and swaps it in only when it differs, so nothing flickers.
const live = document.getElementById("live");
const stamp = document.getElementById("stamp");
const PERIOD = 2000;
let last = null;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(live.dataset.fragment, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (text !== last) {
      live.innerHTML = text;
      last = text;
    }
    stamp.textContent = `As of ${new Date().toLocaleTimeString()}`;
  } catch {
    stamp.textContent = "The sandbox does not answer. Trying again.";
  }
}

if (live.dataset.fragment) {
  refresh();
  setInterval(refresh, PERIOD);
}
