// A select whose options bring a hint along, in data-hint: the one that belongs to the choice is
// shown in the element that data-hints names. Without this module that of the first choice stays.
document.addEventListener("change", ({ target }) => {
  const hint = target.matches?.("select[data-hints]") && document.getElementById(target.dataset.hints);
  if (hint) hint.textContent = target.selectedOptions[0].dataset.hint;
});
