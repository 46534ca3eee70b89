// "@" in a comment offers the people who can read it (data-calls is where their list is). Without
// this module the name is typed. Arrows choose, Enter or Tab takes, Esc leaves it.
import { _ } from "./words.js";

const MOST = 6;
let list = null;
let area = null;

const asked = new Map();
function names(field) {
  const address = field.dataset.calls;
  if (!asked.has(address)) {
    asked.set(address, fetch(address, { redirect: "error" })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("li")].map((each) => each.textContent))
      .catch(() => { asked.delete(address); return []; }));
  }
  return asked.get(address);
}

function begun(field) {
  const before = field.value.slice(0, field.selectionStart);
  return before.match(/(?:^|\s)@([^@\n]{0,40})$/)?.[1] ?? null;
}

function close() {
  list?.remove();
  list = null;
  area?.removeAttribute("aria-activedescendant");
  area?.setAttribute("aria-expanded", "false");
}

function choose(step) {
  const options = [...list.children];
  const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
  mark((at + step + options.length) % options.length);
}

function mark(index) {
  [...list.children].forEach((each, here) => each.setAttribute("aria-selected", String(here === index)));
  area.setAttribute("aria-activedescendant", list.children[index].id);
}

function take(name) {
  const typed = begun(area);
  const end = area.selectionStart;
  area.setRangeText(`${name} `, end - typed.length, end, "end");
  close();
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

async function offer(field) {
  if (begun(field) === null) return close();
  const all = await names(field);
  const typed = begun(field);
  if (typed === null || document.activeElement !== field) return close();
  const found = all.filter((name) => name.toLowerCase().split(/\s+/).some((part) => part.startsWith(typed.toLowerCase())) || name.toLowerCase().startsWith(typed.toLowerCase()));
  close();
  if (!found.length || found.some((name) => name.toLowerCase() === typed.trim().toLowerCase())) return;
  area = field;
  list = document.createElement("ul");
  list.className = "calls";
  list.id = `calls-${field.id}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", _("People who can read this"));
  found.slice(0, MOST).forEach((name, index) => {
    const option = document.createElement("li");
    option.id = `calls-${field.id}-${index}`;
    option.setAttribute("role", "option");
    option.textContent = name;
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(name); });
    list.append(option);
  });
  field.after(list);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "true");
  mark(0);
}

document.addEventListener("input", (event) => { if (event.target.matches?.("[data-calls]")) offer(event.target); });
// The list stands between the text and its button. It stays until a press is over: taken away at
// its beginning, the button would move from under it, and the click be lost.
let pressed = false;
document.addEventListener("pointerdown", () => { pressed = true; }, { capture: true });
for (const over of ["pointerup", "pointercancel"]) {
  document.addEventListener(over, () => {
    pressed = false;
    setTimeout(() => { if (document.activeElement !== area) close(); });
  }, { capture: true });
}
document.addEventListener("focusout", (event) => { if (event.target === area && !pressed) close(); });
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== area) return;
  const deeds = {
    ArrowDown: () => choose(1),
    ArrowUp: () => choose(-1),
    Enter: () => take(list.querySelector("[aria-selected=true]").textContent),
    Tab: () => take(list.querySelector("[aria-selected=true]").textContent),
    Escape: close,
  };
  if (!deeds[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  deeds[event.key]();
}, { capture: true });
