// Wording hints for textareas with data-coach: dotted underlines in a mirror behind the text, and a
// list of what was marked, with one question each and at most one other wording. The server reads the
// text and keeps nothing of it. Without this module one writes without hints.
import { _, _n } from "./words.js";

const PAUSE = 400;
const html = document.documentElement;
const MOST_KEPT = 500;
const onDevice = (name, start) => {
  try { return JSON.parse(localStorage.getItem(name)) ?? start; } catch { return start; }
};
const remember = (name, value) => {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* a browser without storage */ }
};
const SWITCH = "wording-hints";
const KEPT = `kept-words:${html.dataset.person}`;
const isOff = () => onDevice(SWITCH, "on") === "off";
const folded = (label, phrase) => `${label}:${phrase.toLowerCase().replace(/’/g, "'").split(/\s+/).join(" ")}`;
const coached = new Set();

async function ask(body) {
  const addresses = [html.dataset.wordingHere, html.dataset.wording].filter(Boolean);
  for (const address of addresses) {
    const answer = await fetch(address, { method: "POST", body, redirect: "error" });
    if (answer.ok) return answer.text();
    if (answer.status !== 403 && answer.status !== 404) break;
  }
  return null;
}

function coach(area) {
  const token = area.form?.elements.csrfmiddlewaretoken?.value;
  if (!token || !html.dataset.wording) return;
  area.dataset.coach = "on";
  const had = document.activeElement === area;
  let frame = area.closest(".ed");
  if (!frame) {
    frame = Object.assign(document.createElement("div"), { className: "coached" });
    area.replaceWith(frame);
    frame.append(area);
    if (had) area.focus();
  }
  const mirror = Object.assign(document.createElement("div"), { className: "ed-mirror" });
  mirror.setAttribute("aria-hidden", "true");
  if (frame.matches(".coached")) mirror.classList.add("form-control");
  frame.prepend(mirror);
  let panel = document.querySelector(`[data-hints-for="${area.id}"]`);
  if (!panel) {
    panel = document.createElement("section");
    panel.className = "hints";
    (area.closest(".editor") ?? frame).after(panel);
  }
  panel.setAttribute("aria-label", _("Wording hints"));
  const status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  status.setAttribute("role", "status");
  panel.after(status);

  let marks = []; // {start, end, card} in UTF-16 units of area.value, in order
  let before = area.value;
  let timer;
  let asked = 0;
  let told = 0;

  function draw() {
    const text = area.value;
    const parts = [];
    let at = 0;
    for (const { start, end, card } of marks) {
      const mark = document.createElement("mark");
      mark.className = card.open ? "hinted is-open" : "hinted";
      mark.textContent = text.slice(start, end);
      parts.push(text.slice(at, start), mark);
      at = end;
    }
    mirror.replaceChildren(...parts, `${text.slice(at)}\n`);
    mirror.scrollTop = area.scrollTop;
  }

  function count() {
    const number = panel.querySelector("[data-hint-count]");
    if (number) number.textContent = marks.length;
    panel.hidden = !marks.length && !isOff();
    if (told !== marks.length) status.textContent = _n(marks.length, "1 wording hint", "{number} wording hints");
    told = marks.length;
  }

  function clear() {
    marks = [];
    panel.replaceChildren();
    panel.hidden = true;
    draw();
  }

  function showOff() {
    clear();
    const turnOn = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-plain btn-sm", textContent: _("Turn on") });
    turnOn.addEventListener("click", () => { turn("on"); area.focus(); });
    const words = Object.assign(document.createElement("p"), { className: "small soft mb-0", textContent: `${_("Wording hints are off on this device.")} ` });
    words.append(turnOn);
    panel.append(words);
    panel.hidden = document.activeElement !== area && !panel.matches("[data-hints-for]");
  }

  async function look() {
    const text = area.value;
    const turnNumber = ++asked;
    if (isOff()) return showOff();
    if (!text.trim()) return clear();
    let page = null;
    try { page = await ask(new URLSearchParams({ text, csrfmiddlewaretoken: token })); } catch { /* out of reach: no hints */ }
    if (page === null || turnNumber !== asked || text !== area.value) return;
    const openPhrase = panel.querySelector("details[open]")?.dataset.phrase;
    const hadFocus = panel.contains(document.activeElement) && document.activeElement.closest("details")?.dataset.phrase;
    panel.innerHTML = page;
    addSwitch();
    place(text);
    const again = (phrase) => marks.find(({ card }) => card.dataset.phrase === phrase)?.card;
    const opened = again(openPhrase) ?? (panel.matches("[data-hints-for]") ? marks[0]?.card : null);
    if (opened) opened.open = true;
    if (hadFocus) again(hadFocus)?.querySelector("summary").focus();
    draw();
    count();
  }

  // The server counts code points, a textarea UTF-16 units.
  function place(text) {
    const kept = onDevice(KEPT, []);
    const units = [];
    let unit = 0;
    for (const one of text) { units.push(unit); unit += one.length; }
    units.push(unit);
    marks = [];
    for (const card of panel.querySelectorAll("details")) {
      if (kept.includes(folded(card.dataset.label, card.dataset.phrase))) card.remove();
      else marks.push({ start: units[card.dataset.start], end: units[card.dataset.end], card });
    }
  }

  function addSwitch() {
    if (!panel.firstChild || document.querySelector(`[data-hints-switch="${area.id}"]`)) return;
    const off = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-plain btn-sm", textContent: _("Turn hints off") });
    off.addEventListener("click", () => { turn("off"); area.focus(); });
    panel.append(off);
  }

  // Until the server has read the text again, marks move along with what is typed around them.
  function follow() {
    const text = area.value;
    let same = 0;
    while (same < before.length && same < text.length && before[same] === text[same]) same++;
    let tail = 0;
    while (tail < before.length - same && tail < text.length - same && before.at(-1 - tail) === text.at(-1 - tail)) tail++;
    const moved = text.length - before.length;
    const last = before.length - tail;
    before = text;
    marks = marks.filter((mark) => {
      if (mark.end <= same) return true;
      if (mark.start < last) { mark.card.remove(); return false; }
      mark.start += moved;
      mark.end += moved;
      return true;
    });
    draw();
  }

  function replace({ start, end, card }) {
    const found = area.value.slice(start, end);
    let words = card.querySelector("[data-instead]").textContent;
    if (/^\p{Lu}/u.test(found)) words = words[0].toUpperCase() + words.slice(1);
    area.focus();
    area.setSelectionRange(start, end);
    // This way Ctrl-Z takes it back; setRangeText would empty the list of what can be undone.
    if (!document.execCommand("insertText", false, words)) {
      area.setRangeText(words, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function keep({ card }) {
    const { phrase, label } = card.dataset;
    remember(KEPT, [folded(label, phrase), ...onDevice(KEPT, [])].slice(0, MOST_KEPT));
    if (html.dataset.keepWording) {
      const body = new URLSearchParams({ phrase, label, csrfmiddlewaretoken: token });
      fetch(html.dataset.keepWording, { method: "POST", body, redirect: "error" }).catch(() => {});
    }
    const following = card.nextElementSibling?.querySelector("summary");
    for (const other of marks) if (folded(other.card.dataset.label, other.card.dataset.phrase) === folded(label, phrase)) other.card.remove();
    marks = marks.filter((mark) => mark.card.isConnected);
    draw();
    count();
    (following?.isConnected ? following : area).focus();
  }

  panel.addEventListener("click", ({ target }) => {
    const mark = marks.find(({ card }) => card.contains(target));
    if (!mark) return;
    if (target.closest("[data-use]")) replace(mark);
    else if (target.closest("[data-keep]")) keep(mark);
    else if (target.closest("[data-show]")) {
      area.focus();
      area.setSelectionRange(mark.start, mark.end);
      area.scrollIntoView({ block: "nearest" });
    }
  });
  panel.addEventListener("toggle", ({ target }) => {
    if (target.open) for (const { card } of marks) if (card !== target) card.open = false;
    draw();
  }, true);
  area.addEventListener("input", () => {
    follow();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  area.addEventListener("scroll", () => { mirror.scrollTop = area.scrollTop; });
  area.addEventListener("click", () => {
    const at = area.selectionStart;
    const here = marks.find(({ start, end }) => at === area.selectionEnd && start <= at && at <= end);
    if (here) here.card.open = true;
  });
  area.addEventListener("focus", () => { if (!asked || isOff()) look(); });
  if (area.offsetParent) look();
  else draw();
  coached.add({ area, look });
}

function turn(how) {
  remember(SWITCH, how);
  for (const box of document.querySelectorAll("[data-hints-switch]")) box.checked = how === "on";
  for (const { area, look } of coached) if (area.isConnected && area.offsetParent) look();
}

function begin(root) {
  for (const area of root.querySelectorAll("textarea[data-coach='']")) coach(area);
  for (const box of root.querySelectorAll("[data-hints-switch]")) {
    box.closest("label").hidden = false;
    box.checked = !isOff();
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-hints-switch]")) turn(target.checked ? "on" : "off");
});
document.addEventListener("htmx:load", ({ detail }) => { if (detail.elt !== document.body && detail.elt.parentElement) begin(detail.elt.parentElement); });
begin(document);
