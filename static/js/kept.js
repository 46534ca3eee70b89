// A form with data-kept-in-tab is kept in this tab while it is written, and nowhere else: not on
// the server, and gone with the tab. The page that says it was sent (data-note-sent) clears it.
import { _ } from "./words.js";

const person = document.documentElement.dataset.person;
const PREFIX = `in-tab:${person}:`;
const shown = /^(csrfmiddlewaretoken|secret)$/;

const keep = (key, typed) => {
  try { sessionStorage.setItem(key, typed); return true; } catch { return false; }
};

function keepInTab(form) {
  const key = PREFIX + new URL(form.action).pathname;
  const status = form.querySelector("[data-kept-status]");
  let kept = null;
  try { kept = sessionStorage.getItem(key); } catch { /* a browser without storage keeps nothing */ }
  const areas = [...form.querySelectorAll("textarea")];
  if (kept && areas.every((area) => !area.value.trim())) {
    for (const [name, value] of new URLSearchParams(kept)) {
      const field = form.elements.namedItem(name);
      if (field?.tagName === "TEXTAREA") field.value = value;
    }
    if (status) status.textContent = _("This tab still had what you wrote. It is nowhere else.");
  }
  form.addEventListener("input", () => {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !shown.test(name)) typed.append(name, value);
    }
    if (keep(key, typed.toString()) && status) {
      status.textContent = _("Kept in this tab until it is sent or the tab is closed. Nothing is saved on the server.");
    }
  });
}

if (document.querySelector("[data-note-sent]")) {
  try {
    Object.keys(sessionStorage).filter((key) => key.startsWith("in-tab:")).forEach((key) => sessionStorage.removeItem(key));
  } catch { /* nothing was kept */ }
}
document.querySelectorAll("form[data-kept-in-tab]").forEach(keepInTab);
