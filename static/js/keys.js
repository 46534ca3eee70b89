// Keys of design.md, section 3. Single letters do nothing while somebody types, and never together
// with Ctrl, Alt or ⌘, so that no key of the browser is overridden.
//   data-key="c"     follow this link, or put the focus into this field
//   data-key="g i"   the same after two keys
//   [data-rows] with [data-row] links: J and K move, Enter opens
//   [data-row] with a [data-edit] link inside: E follows it
//   textarea[data-one-line]: Enter sends, Shift Enter makes a new line
import { _ } from "./words.js";
import { isTyping } from "./typing.js";

let lead = "";
let leadTimer;

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

function moveRow(step) {
  const links = [...document.querySelectorAll("[data-rows] [data-row]")];
  if (!links.length) return false;
  const here = document.activeElement.closest("[data-row]") ?? document.querySelector("[data-row]:target");
  const at = links.indexOf(here);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.max(0, Math.min(links.length - 1, next))].focus();
  return true;
}

document.addEventListener("focusin", (event) => {
  document.querySelectorAll("[data-rows] .is-current").forEach((row) => row.classList.remove("is-current"));
  event.target.closest?.("[data-row], [data-rows] input[name=pick]")?.closest("tr, li")?.classList.add("is-current");
});

function showKeys() {
  let dialog = document.querySelector("dialog[data-all-keys]");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.dataset.allKeys = "";
    dialog.className = "all-keys";
    dialog.setAttribute("aria-labelledby", "all-keys-h");
    dialog.innerHTML = `<h2 id="all-keys-h">${_("Keys")}</h2><dl class="kv">${[
      ["Ctrl K", _("Search or jump to")],
      ["C", _("File an incident")],
      ["/", _("Search on this page")],
      ["G then H I R A L", _("Home, Incidents, Reviews, Actions, Lessons")],
      ["J K", _("Next, previous row")],
      ["Enter", _("Open the row")],
      ["X", _("Select the row")],
      ["D O S", _("Date, owner, state of actions")],
      ["+ 2 W", _("In a field for a day: two weeks from today")],
      ["F", _("Filter the list")],
      ["Z", _("Undo")],
      ["T", _("Add to the timeline")],
      ["E", _("Edit the event one stands on")],
      ["Ctrl Enter", _("Send the form")],
      ["Esc", _("Close or leave")],
    ].map(([keys, what]) => `<dt>${what}</dt><dd>${keys.split(" ").map((key) => (key === "then" ? _("then") : `<kbd>${key}</kbd>`)).join(" ")}</dd>`).join("")}</dl><form method="dialog"><button class="btn btn-sm">${_("Close")}</button></form>`;
    document.body.append(dialog);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.isComposing || event.defaultPrevented) return;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest?.("form") ?? document.querySelector("main form[data-autosave]");
    if (form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button.btn-primary[type=submit]") ?? undefined);
    }
    return;
  }
  if (key === "Enter" && !event.shiftKey && target.matches?.("textarea[data-one-line]")) {
    event.preventDefault();
    target.form.requestSubmit();
    return;
  }
  if (key === "Escape" && isTyping(target) && !document.querySelector("dialog[open]")) {
    target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
  if (document.querySelector("dialog[open]")) return;

  const pressed = lead ? `${lead} ${key.toLowerCase()}` : key.toLowerCase();
  clearTimeout(leadTimer);
  lead = "";
  const hook = document.querySelector(`[data-key="${CSS.escape(pressed)}"]`) ?? document.querySelector(`[data-key="${pressed.replaceAll('"', "")}"]`);
  if (hook) {
    event.preventDefault();
    press(hook);
  } else if (pressed === "g") {
    lead = "g";
    leadTimer = setTimeout(() => { lead = ""; }, 1500);
  } else if (pressed === "j" || pressed === "k") {
    if (moveRow(pressed === "j" ? 1 : -1)) event.preventDefault();
  } else if (pressed === "e") {
    const row = target.closest?.("[data-row]") ?? document.querySelector("[data-row]:target");
    const edit = row?.querySelector("[data-edit]");
    if (edit) {
      event.preventDefault();
      edit.click();
    }
  } else if (pressed === "?") {
    event.preventDefault();
    showKeys();
  } else if (pressed === "/") {
    const search = document.querySelector("main [role=search] input:not([type=hidden])") ?? document.querySelector('[data-open="palette"]');
    if (search) {
      event.preventDefault();
      press(search);
    }
  }
});

// A second click on a form that is being sent does nothing; the server would not act twice anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-submit-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});
