// Put the focus where the next word is needed: on the error summary after a form came back, and on
// a field that an offer such as "Use 26 Mar 03:30" has filled.
const speakFirst = (within) =>
  within.querySelector("[data-error-summary]") ?? within.querySelector("[data-focus-now]");
speakFirst(document)?.focus();
// A browser that goes to the #part of an address takes the focus away once more, in its first frame.
if (location.hash) {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (document.activeElement === document.body) speakFirst(document)?.focus();
  }));
}

// A click on a line of the summary leads into the field, also when that is a group of choices.
document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-error-summary] a[href^='#']");
  const field = line && document.getElementById(line.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.closest("details")?.setAttribute("open", "");
  const target = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
  (target ?? field).scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-fill]");
  const field = offer && document.getElementById(offer.dataset.fill);
  if (!field) return;
  event.preventDefault();
  const choice = field.querySelector(`input[type=radio][value="${CSS.escape(offer.value)}"]`);
  if (choice) choice.checked = true;
  else field.value = offer.value;
  (choice ?? field).focus();
  for (const type of ["input", "change"]) (choice ?? field).dispatchEvent(new Event(type, { bubbles: true }));
});

// What is unfolded to write in takes the next key: letters typed there are words, no shortcuts.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches("details[data-adding], details.adding") || !target.open) return;
    if (!target.firstElementChild.contains(document.activeElement)) return;
    target.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  },
  true,
);

// After htmx has swapped a part, the same; at once, or the focus would jump back after a quick Esc.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.elt instanceof Element) speakFirst(event.detail.elt)?.focus();
});
