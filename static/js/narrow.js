// A long list of choices with a field that narrows it to what holds the typed words. What is ticked
// stays in sight. Without this module the list scrolls.
const narrow = (root) => {
  for (const list of root.querySelectorAll("[data-narrow]")) list.querySelector("[data-narrow-by]").hidden = false;
};

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrow-by]")) return;
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const label of event.target.closest("[data-narrow]").querySelectorAll("label")) {
    const text = label.textContent.toLowerCase();
    label.hidden = !label.control.checked && !words.every((word) => text.includes(word));
  }
});

narrow(document);
document.addEventListener("htmx:load", (event) => narrow(event.detail.elt));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches?.("[data-narrow-by]")) event.preventDefault();
});
