// While somebody writes in a form with data-writing, the others at the same review learn that by
// their role: static/js/live.js asks for it. It is said every few seconds while keys are pressed and
// for a minute after, and ends when the page is left. The server forgets it after ten seconds.
const EVERY = 4000;
const A_MINUTE = 60000;

function tellWriting(form) {
  let last = 0; // the last key
  let said = 0;

  const words = (more) => {
    const body = new URLSearchParams({ place: form.dataset.writing, ...more });
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return body;
  };
  // Nobody's words: whoever is signed out by now has nothing to send again.
  const send = (more) => {
    fetch(form.dataset.writingAt, { method: "POST", body: words(more), headers: { "X-Autosave": "1" }, redirect: "error", keepalive: true }).catch(() => {});
  };
  const say = () => {
    said = Date.now();
    send({});
  };
  const leave = () => {
    if (!said) return;
    said = last = 0;
    send({ gone: "1" });
  };

  form.addEventListener("input", () => {
    last = Date.now();
    if (last - said > EVERY) say();
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget) && document.hasFocus()) leave(); });
  form.addEventListener("submit", leave);
  addEventListener("pagehide", leave);
  setInterval(() => {
    if (!form.isConnected || document.hidden || Date.now() - last > A_MINUTE) return;
    if (Date.now() - said >= EVERY) say();
  }, EVERY);
}

const begun = new WeakSet();
function begin(within) {
  for (const form of within.querySelectorAll("form[data-writing]")) {
    if (!begun.has(form)) tellWriting(form);
    begun.add(form);
  }
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
