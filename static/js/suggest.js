// A date that follows a choice: [data-suggested-by="id_priority"] on the date names the field, and
// data-day-high, data-day-normal … have the day of each choice. A day of one's own is left alone.
for (const date of document.querySelectorAll("[data-suggested-by]")) {
  const choice = document.getElementById(date.dataset.suggestedBy);
  const kept = date.form.elements.suggested_on;
  choice?.addEventListener("change", () => {
    const day = date.getAttribute(`data-day-${choice.value}`);
    if (!day || (date.value && date.value !== kept.value)) return;
    date.value = day;
    kept.value = day;
  });
}
