// A form that keeps a draft is only let go when the server can be reached: else it stays where it
// is, with everything in it, and says so. So does a part that htmx could not send. Without this
// module the browser's own error page comes, and going back shows the form again.
import { _ } from "./words.js";

const PATIENCE = 5000;
let mayGo = null;

function tell(form, words) {
  let place = form.querySelector("[data-not-sent]");
  if (!place) {
    place = document.createElement("p");
    place.className = "field-error m-3";
    place.dataset.notSent = "";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.textContent = words;
}

// A filter or a facet beside the form searches with what stands in it.
const searchedFrom = (elt) => elt.closest?.("form") ?? document.querySelector("main form[role=search], main form:has([role=search])");

const NOT_SENT = _("Not sent: the server cannot be reached. Nothing is lost, it is all still here. Send it again in a moment.");
const NOT_SAVED = _("Not saved: something is not right on the server. Nothing is lost, it is all still here. Send it again in a moment.");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-autosave]")) return;
  if (mayGo === form) {
    mayGo = null;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.asking) return;
  form.dataset.asking = "1";
  const { submitter } = event;
  const letGo = () => {
    mayGo = form;
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
    // A second click while the page leaves does nothing.
    setTimeout(() => delete form.dataset.asking, PATIENCE);
  };
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    form.querySelector("[data-not-sent]")?.remove();
    letGo();
  } catch (error) {
    // Slow is not gone: the browser waits longer than we do.
    if (error.name === "TimeoutError") {
      letGo();
    } else {
      delete form.dataset.asking;
      tell(form, NOT_SENT);
    }
  }
}, { capture: true });

addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-asking]").forEach((form) => delete form.dataset.asking);
});

document.addEventListener("htmx:sendError", (event) => {
  const form = event.detail.elt.closest?.("form[hx-post]");
  if (form && event.detail.elt === form) tell(form, NOT_SENT);
});
document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  if (xhr.status === 429) {
    const searched = searchedFrom(elt);
    if (searched) tell(searched, xhr.responseText);
  }
  const form = event.detail.elt.closest?.("form[hx-post]");
  if (event.detail.xhr.status >= 500 && form && event.detail.elt === form) tell(form, NOT_SAVED);
});
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.failed) return;
  searchedFrom(event.detail.elt)?.querySelector("[data-not-sent]")?.remove();
});
