// What is folded away on a phone stays open on a wide screen, and everywhere without this module.
const narrow = matchMedia("(max-width: 991.98px)");

const fold = (root) => {
  for (const part of root.querySelectorAll("[data-fold-when-narrow]")) part.open = !narrow.matches;
};

// A part that htmx swaps in keeps the state its reader had chosen, and the first one is new to fold.
let wasOpen = null;

fold(document);
narrow.addEventListener("change", () => {
  wasOpen = null;
  fold(document);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // A swap of another part leaves what was chosen.
  wasOpen = event.detail.target?.querySelector("[data-fold-when-narrow]")?.open ?? wasOpen;
});
document.addEventListener("htmx:load", (event) => {
  const part = event.detail.elt.querySelector?.("[data-fold-when-narrow]");
  if (part) part.open = wasOpen ?? !narrow.matches;
});
