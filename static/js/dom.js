// The few helpers every module here shares.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
export const setCookie = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
};

// Said to screen readers once, without moving anything.
export const announce = (text) => {
  const place = $("[data-announce]");
  if (!place) return;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
};

// One request to our own server for a piece of a page. Answers {ok, status, document, response}; a sign-in that has
// run out reloads the page, so that the reader meets the sign-in page and not half of one inside a panel.
export const fragment = async (address, { body, method = body ? "POST" : "GET", signal } = {}) => {
  const headers = { "X-Fragment": "1", "HX-Request": "true", Accept: "text/html" };
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken") ?? "";
  const response = await fetch(address, { method, body, headers, signal, credentials: "same-origin", redirect: "follow" });
  if (response.status === 401 || (response.redirected && !response.headers.has("X-Fragment"))) { location.reload(); return new Promise(() => {}); }
  const html = await response.text();
  return { ok: response.ok, status: response.status, response, document: new DOMParser().parseFromString(html, "text/html") };
};

// Moves parsed nodes into the page, replacing what stands there.
export const fill = (place, parsed) => place.replaceChildren(...[...parsed.childNodes].map((n) => document.importNode(n, true)));

// Puts a fixed element at a place of the viewport, whatever box it is fixed to.
export const putAt = (element, left, top) => {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
  const is = element.getBoundingClientRect();
  if (is.left !== left) element.style.left = `${2 * left - is.left}px`;
  if (is.top !== top) element.style.top = `${2 * top - is.top}px`;
};
