// Help that somebody knows by now can be put away, on this device alone. Without this module, or
// without storage, it stays.
//   [data-dismiss="key"] is hidden once its [data-dismiss-now] button was pressed
//   [data-dismiss-none] brings everything back
const KEY = "help-put-away";

function away() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
}

function keep(keys) {
  try { localStorage.setItem(KEY, JSON.stringify(keys)); return true; } catch { return false; }
}

function apply(root) {
  const keys = away();
  for (const help of root.querySelectorAll("[data-dismiss]")) {
    help.hidden = keys.includes(help.dataset.dismiss);
    const button = help.querySelector("[data-dismiss-now]");
    if (button) button.hidden = false;
  }
  for (const button of root.querySelectorAll("[data-dismiss-none]")) button.hidden = !keys.length;
}

document.addEventListener("click", (event) => {
  const help = event.target.closest("[data-dismiss-now]")?.closest("[data-dismiss]");
  if (help && keep([...new Set([...away(), help.dataset.dismiss])])) {
    // The focus goes on to what comes next in the form, never to nowhere.
    const next = help.closest("form")?.querySelector("textarea, input:not([type=hidden])");
    apply(document);
    next?.focus();
  }
  if (event.target.closest("[data-dismiss-none]") && keep([])) apply(document);
});

document.addEventListener("htmx:load", (event) => apply(event.detail.elt.parentElement ?? document));
apply(document);
