// A page that several people change asks every few seconds what others did ([data-live] is the one
// that asks; a 304 says nothing). Of the answer only those parts ([data-live-part], found by their
// id) are taken that differ, and what somebody is using right now is left alone until its next
// turn: the part, or only the row of data-live-part="rows", in which the focus, a selection or an
// open menu is.
import { _n } from "./words.js";

const asks = (element) => element?.matches?.("[data-live]");
const MOST_MISSED = 15;
let missed = 0; // answers that did not come, one after the other
let turns = 0; // questions still to be left out because of that

const page = () => document.querySelector("[data-live]");

// With the filter as it stands now, which may have changed without a new page.
document.addEventListener("htmx:configRequest", (event) => {
  if (asks(event.target) && !event.detail.path.includes("?")) event.detail.path += location.search;
});

// Nobody looks at a hidden tab, and a server that is away is asked more and more seldom.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (asks(event.target) && (document.hidden || turns-- > 0)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !page()) return;
  turns = 0;
  page().dispatchEvent(new CustomEvent("ask"));
});
function miss(event) {
  if (!asks(event.detail.elt)) return;
  missed = Math.min(MOST_MISSED, missed * 2 + 1);
  turns = missed;
}
document.addEventListener("htmx:sendError", miss);
document.addEventListener("htmx:responseError", (event) => {
  // Whoever may no longer see it stops asking.
  if (asks(event.target) && [403, 404].includes(event.detail.xhr.status)) event.target.remove();
  else miss(event);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!asks(event.target)) return;
  const { xhr } = event.detail;
  if (xhr.status < 400) missed = turns = 0;
  event.detail.shouldSwap = false;
  if (xhr.status === 304 || xhr.status >= 400) return;
  take(xhr.responseText);
});

function take(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const known = new Set([...document.querySelectorAll("[data-live-part='rows'] > [id]")].map((row) => row.id));
  let isWhole = true;
  for (const next of answer.querySelectorAll("[data-live-part][id]")) {
    const now = document.getElementById(next.id);
    if (!now) continue;
    isWhole = (next.dataset.livePart === "rows" ? takeRows(now, next) : takePart(now, next)) && isWhole;
  }
  const asker = answer.querySelector("[data-live]");
  // Something waits: the same question again, so that the rest comes as soon as it can.
  if (asker && isWhole) put(page(), asker);
  say(known);
}

// True when nothing has to wait.
function takePart(now, next) {
  if (isSame(now, next)) return true;
  if (isUsed(now)) return false;
  put(now, next);
  return true;
}

function takeRows(now, next) {
  let isWhole = true;
  const wanted = [...next.children];
  for (const row of [...now.children]) {
    if (wanted.some((each) => each.id === row.id)) continue;
    if (isUsed(row)) isWhole = false;
    else row.remove();
  }
  let place = now.firstElementChild;
  for (const row of wanted) {
    let here = [...now.children].find((each) => each.id === row.id);
    if (here && !isSame(here, row)) {
      if (isUsed(here)) isWhole = false;
      else {
        const isNext = here === place;
        here = put(here, row);
        if (isNext) place = here;
      }
    }
    if (!here) {
      here = ready(row);
      now.insertBefore(here, place);
      begin(here);
    } else if (here === place) {
      place = place.nextElementSibling;
    } else if (isUsed(here)) {
      isWhole = false;
    } else {
      now.insertBefore(here, place);
    }
  }
  return isWhole;
}

function put(now, next) {
  const unfolded = [...now.querySelectorAll("details[id][open]")].map((each) => each.id);
  const focused = now.contains(document.activeElement) ? document.activeElement.id : "";
  const fresh = ready(next);
  now.replaceWith(fresh);
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  begin(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return fresh;
}

// The other modules begin with what arrives, as they do with what htmx swaps in.
function begin(fresh) {
  htmx.process(fresh);
  htmx.trigger(fresh, "htmx:load");
}

function ready(element) {
  const fresh = document.importNode(element, true);
  fresh.removeAttribute("hx-swap-oob");
  return fresh;
}

// What differs from page to page without meaning anything: tokens, and what a person unfolded.
function essence(element) {
  const copy = element.cloneNode(true);
  copy.removeAttribute("hx-swap-oob");
  copy.classList.remove("is-new");
  for (const token of copy.querySelectorAll("input[name=csrfmiddlewaretoken], input[name=form_token]")) token.remove();
  for (const part of copy.querySelectorAll("details[id], details[data-menu]")) part.removeAttribute("open");
  for (const part of copy.querySelectorAll("[data-grip]")) part.removeAttribute("hidden");
  return copy.outerHTML.replace(/\s+/g, " ").replace(/ htmx-[a-z]+\b/g, "").replace(/ class=""/g, "");
}
const isSame = (now, next) => essence(now) === essence(next);

function isUsed(element) {
  const focused = element.contains(document.activeElement) && document.activeElement;
  // What has an id gets the focus back.
  if (focused && (!focused.id || focused.matches("input, textarea, select"))) return true;
  // Words that are not sent yet.
  if ([...element.querySelectorAll("textarea, input[type=text], input:not([type])")].some((field) => field.value !== field.defaultValue)) return true;
  if (element.querySelector("details[data-menu][open], details[data-adding][open], .is-dragged")) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.containsNode(element, true));
}

// What is new is said once, and marked for those who look.
const spoken = document.createElement("p");
spoken.className = "visually-hidden";
spoken.setAttribute("role", "status");
function say(known) {
  const added = [...document.querySelectorAll("[data-live-part='rows'] > article[id]")].filter((row) => !known.has(row.id));
  for (const row of added) row.classList.add("is-new");
  if (added.length) spoken.textContent = _n(added.length, "One new card.", "{number} new cards.");
}
if (page()) document.body.append(spoken);

// [data-since] holds how long ago that was, in words; it goes on counting.
function inWords(minutes) {
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return null;
}

setInterval(() => {
  for (const part of document.querySelectorAll("[data-since]")) {
    const minutes = Math.round((Date.now() - Date.parse(part.dataset.since)) / 60000);
    const words = minutes > 0 ? inWords(minutes) : null;
    if (words) part.textContent = words;
  }
}, 30000);
