// The page of an ongoing incident asks every ten seconds whether somebody added something
// ([data-live] is the one that asks). What somebody is using right now is left alone: while the
// focus or an open menu is in a part that would be replaced, the question waits for its next turn.
const asks = (event) => event.target.matches?.("[data-live]");

function inUse() {
  const focused = document.activeElement?.closest("[data-live-part] *");
  // htmx gives the focus back to what has an id.
  const wouldBeLost = focused && (!focused.id || focused.matches("input, textarea, select"));
  return wouldBeLost || document.querySelector("[data-live-part] details[data-menu][open]");
}

// With the filter as it stands now, which may have changed without a new page.
document.addEventListener("htmx:configRequest", (event) => {
  if (asks(event)) event.detail.path += location.search;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (asks(event) && (inUse() || document.hidden)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (asks(event) && (inUse() || event.detail.xhr.status === 304)) event.detail.shouldSwap = false;
});
// What was unfolded to be read stays so.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (asks(event)) unfolded = [...document.querySelectorAll("[data-live-part] details[id][open]")].map((part) => part.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const id of unfolded.splice(0)) document.getElementById(id)?.setAttribute("open", "");
});
// Whoever may no longer see it, or was signed out, stops asking.
document.addEventListener("htmx:responseError", (event) => {
  if (asks(event) && [403, 404].includes(event.detail.xhr.status)) event.target.remove();
});

// [data-since] holds how long ago that was, in words; it goes on counting.
function inWords(minutes) {
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return null;
}

setInterval(() => {
  for (const part of document.querySelectorAll("[data-since]")) {
    const minutes = Math.round((Date.now() - Date.parse(part.dataset.since)) / 60000);
    const words = minutes > 0 ? inWords(minutes) : null;
    if (words) part.textContent = words;
  }
}, 30000);
