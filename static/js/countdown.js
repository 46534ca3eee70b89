// [data-counts-to]: how long it is until that moment, each second. The server says it in minutes.
function show() {
  for (const element of document.querySelectorAll("[data-counts-to]")) {
    const left = Math.max(0, Math.round((Date.parse(element.dataset.countsTo) - Date.now()) / 1000));
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} min`;
  }
}

if (document.querySelector("[data-counts-to]")) {
  show();
  setInterval(show, 1000);
  document.addEventListener("htmx:afterSwap", show);
}
