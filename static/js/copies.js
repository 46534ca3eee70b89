// [data-copy-from] is a button, hidden without this module: it copies what stands in the element
// its value names, a field or a text, and says so in its place.
import { _ } from "./words.js";

const known = document.querySelectorAll("[data-copy-from]");
if (navigator.clipboard) for (const button of known) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-from]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copyFrom);
  const words = button.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    words.textContent = _("Copied");
  } catch {
    // The browser keeps its clipboard shut: mark it, for Ctrl C.
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    words.textContent = _("Marked, now copy it");
  }
});
