// Meeting mode. The server knows where the meeting stands; this module counts the clock down,
// speaks the time, and keeps captured lines on the device until the server has them.
//   [data-clock] with data-left in seconds, as of now by the server's clock
//   form[data-capture] sends its line without a new page; [data-park] parks it instead
import { _, _n } from "./words.js";

const meet = document.querySelector("[data-meeting]");
const form = meet?.querySelector("form[data-capture]");
const line = form?.elements.text;

// Time -------------------------------------------------------------------------------------------
const RING = 94.25;
let known; // the clock as the server last told it
let shownAt = 0;

function tell(words) {
  const place = meet.querySelector("[data-say]");
  if (place && place.textContent !== words) place.textContent = words;
}

function words(left) {
  if (left >= 60) return _("{minutes} min left", { minutes: Math.ceil(left / 60) });
  if (left > 0) return _("last minute");
  return left <= -60 ? _("{minutes} min over", { minutes: Math.floor(-left / 60) }) : _("time is up");
}

const spoken = new Set();
function speak(clock, left) {
  const { step, stepName } = clock.dataset;
  for (const [at, sentence] of [[120, _("2 minutes left in this step")], [0, _("The time of this step is up")]]) {
    const once = `${step} ${at}`;
    if (left <= at && left > at - 30 && !spoken.has(once)) {
      spoken.add(once);
      tell(`${sentence}: ${stepName}.`);
    }
    if (left > at) spoken.delete(once);
  }
}

function tick() {
  const clock = meet.querySelector("[data-clock]");
  if (!clock) return;
  if (clock !== known) {
    known = clock;
    shownAt = performance.now();
  }
  const ran = "running" in clock.dataset ? (performance.now() - shownAt) / 1000 : 0;
  const left = Number(clock.dataset.left) - ran;
  const planned = Math.max(Number(clock.dataset.planned) * 60, 1);
  clock.querySelector("[data-clock-words]").textContent = words(left);
  const arc = RING * Math.min(Math.max((planned - left) / planned, 0), 1);
  clock.querySelector("[data-ring]").setAttribute("stroke-dasharray", `${arc.toFixed(1)} ${RING}`);
  if ("running" in clock.dataset) speak(clock, left);
}

// What a line becomes ----------------------------------------------------------------------------
const chosen = () => form.querySelector("[name=kind]:checked");
let parks = false;

function choose(radio) {
  radio.checked = true;
  setParking(false);
  line.focus();
}

function setParking(on) {
  parks = on;
  form.classList.toggle("is-parking", on);
  line.setAttribute("placeholder", on ? _("Which fix came up? It rests before it is decided") : line.dataset.words);
  form.querySelector("[data-add]").hidden = on;
}

// A step offers its own kind, unless somebody is in the middle of a line.
let step = "";
function followStep() {
  const now = meet.querySelector("[data-clock]")?.dataset.step ?? "";
  if (now === step) return;
  const isFirst = !step;
  step = now;
  meet.querySelector(".agenda [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  const offered = meet.querySelector("[data-first-choice]")?.dataset.firstChoice;
  const radio = form && offered && form.querySelector(`[name=kind][value="${CSS.escape(offered)}"]`);
  if (!isFirst && radio && !line.value) {
    radio.checked = true;
    setParking(false);
  }
}

// Lines on their way -----------------------------------------------------------------------------
const RETRY = 5000;
const key = meet && `lines:${document.documentElement.dataset.person}:${meet.dataset.meeting}`;
let waiting = [];
let sending = false;
let timer;

const token = () => [...crypto.getRandomValues(new Uint8Array(18))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function keep() {
  try {
    if (waiting.length) localStorage.setItem(key, JSON.stringify(waiting));
    else localStorage.removeItem(key);
    return true;
  } catch { return false; }
}

function sayConnection(sentence) {
  const banner = meet.querySelector("[data-reconnecting]");
  banner.hidden = !sentence;
  banner.querySelector("[data-reconnecting-words]").textContent = sentence;
}

async function sendAll() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  try {
    while (waiting.length) {
      const { to, body } = waiting[0];
      const answer = await fetch(to, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body,
        redirect: "error",
      });
      if (answer.status === 401 || answer.status >= 500) throw new Error(String(answer.status));
      waiting.shift();
      keep();
      if (answer.ok) sayConnection("");
      else {
        const reason = answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : _("The server did not take this line.");
        sayConnection(`${reason} ${_("It stands in the line again.")}`);
        line.value = [new URLSearchParams(body).get("text"), line.value].filter(Boolean).join(" ");
      }
    }
    htmx.trigger("#meeting-poll", "look-now");
  } catch (error) {
    sayConnection(error.message === "401"
      ? `${_("You are signed out.")} ${_n(waiting.length, "One line is kept on this device and sent when you have logged in again, in another tab.", "{number} lines are kept on this device and sent when you have logged in again, in another tab.")}`
      : `${_("Reconnecting.")} ${_n(waiting.length, "One line is kept on this device and sent as soon as it works again.", "{number} lines are kept on this device and sent as soon as it works again.")}`);
    timer = setTimeout(sendAll, RETRY);
  } finally {
    sending = false;
  }
}

function send(to) {
  const text = line.value.trim();
  if (!text) return;
  const body = new URLSearchParams({ kind: chosen()?.value ?? "", text, form_token: token() });
  const event = document.getElementById("capture-event")?.value;
  if (event) body.set("event", event);
  waiting.push({ to, body: body.toString() });
  keep();
  line.value = "";
  setParking(false);
  sendAll();
}

if (meet) {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", () => { tick(); followStep(); });
  // While the server cannot be reached, the screen says so and keeps what it shows.
  document.addEventListener("htmx:sendError", () => {
    if (!waiting.length) sayConnection(`${_("Reconnecting.")} ${_("The screen shows how it stood a moment ago.")}`);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful || event.detail.xhr?.status === 304) {
      if (waiting.length) sendAll();
      else if (meet.querySelector("[data-reconnecting-words]").textContent.startsWith(_("Reconnecting."))) sayConnection("");
    }
  });
  // Whoever may no longer see it, or was signed out, stops asking.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.target.matches?.("[data-meeting-poll]") && [403, 404].includes(event.detail.xhr.status)) event.target.remove();
  });
}

if (form) {
  line.dataset.words = line.getAttribute("placeholder");
  try { waiting = JSON.parse(localStorage.getItem(key)) ?? []; } catch { waiting = []; }
  if (waiting.length) sendAll();
  addEventListener("online", sendAll);
  followStep();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const park = form.querySelector("[data-park-line]");
    send(park && (parks || event.submitter === park) ? park.formAction : form.action);
  });
  // "Park it": what stands in the line already, or else what is typed into it next.
  meet.addEventListener("click", (event) => {
    if (!event.target.closest("[data-park]")) return;
    event.preventDefault();
    if (line.value.trim()) send(form.querySelector("[data-park-line]").formAction);
    else setParking(!parks);
    line.focus();
  });
  // Arrows move between the kinds while one of them has the focus, and nothing else.
  form.addEventListener("keydown", (event) => {
    if (event.target.type === "radio" && event.key.startsWith("Arrow")) event.stopPropagation();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "kind") setParking(false); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input:not([type=radio]), textarea, select, dialog")) return;
    const radio = form.querySelector(`[data-number="${CSS.escape(event.key)}"]`);
    if (!radio) return;
    event.preventDefault();
    choose(radio);
  });
}
