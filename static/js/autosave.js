// Forms with data-autosave keep what is typed as a draft on the server: 800 ms after the last key,
// and when a field is left. Only their owner can see a draft. While the server cannot be reached,
// or somebody is signed out, this device keeps it and hands it over as soon as that works again.
import { _ } from "./words.js";

const PAUSE = 800;
const RETRY = 5000;
const person = document.documentElement.dataset.person;
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

// What this device keeps, by person and form. Never a password and never a file.
const device = (form) => {
  const key = `kept:${person}:${form.dataset.autosave}`;
  return {
    key,
    read() {
      try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
    },
    write(typed) {
      try { localStorage.setItem(key, JSON.stringify({ typed, at: Date.now() })); return true; } catch { return false; }
    },
    forget() {
      try { localStorage.removeItem(key); } catch { /* a browser without storage keeps nothing */ }
    },
  };
};

const typedInto = (form) => {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !/^(form_token|csrfmiddlewaretoken|draft)$|password/.test(name)) typed.append(name, value);
  }
  return typed.toString();
};

const isEmpty = (form) =>
  ![...form.querySelectorAll("textarea, input:is(:not([type]), [type=text])")].some((field) => field.value.trim());

const send = (form, typed) =>
  fetch(form.dataset.autosave, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
      "X-Autosave": "1",
    },
    body: typed,
    redirect: "error",
  });

function keepDraft(form) {
  const status = form.querySelector("[data-autosave-status]");
  const kept = device(form);
  let timer;
  let saved = typedInto(form);
  let sending = false;
  let leaving = false;
  let isOurs = false; // what the device keeps was typed in this tab

  const say = (words) => { if (status) status.textContent = words; };

  function keepHere(typed, why) {
    isOurs = kept.write(typed);
    if (!isOurs) say(`${why} ${_("It is not kept yet: leave this page open.")}`);
    else say(`${why} ${_("Kept on this device at {time}.", { time: clock(Date.now()) })}`);
  }

  async function save() {
    clearTimeout(timer);
    const now = typedInto(form);
    if (leaving || sending || now === saved) return;
    sending = true;
    let retry = 0;
    try {
      const answer = await send(form, now);
      if (answer.ok) {
        saved = now;
        if (isOurs) kept.forget();
        if (status) status.innerHTML = await answer.text();
      } else if (answer.status === 401) {
        keepHere(now, _("You are signed out. Log in in another tab and go on here, or send it: both work."));
        retry = RETRY;
      } else if (answer.status >= 500) {
        keepHere(now, _("The server cannot take it right now."));
        retry = RETRY;
      } else {
        keepHere(now, _("The server did not take the draft."));
      }
    } catch {
      keepHere(now, _("No connection."));
      retry = RETRY;
    } finally {
      sending = false;
      if (!leaving && typedInto(form) !== now) later();
      else if (retry) later(retry);
    }
  }

  function later(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  form.addEventListener("input", () => later());
  form.addEventListener("focusout", save);
  addEventListener("online", save);
  // Once the form is sent, the server discards the draft; a late save would bring it back.
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    leaving = true;
    clearTimeout(timer);
    kept.forget();
  });
  addEventListener("pageshow", () => { leaving = false; });
  // The same form in another tab: the draft is what was typed last. What stands here and is not in
  // it stays on this device.
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(kept.key) : null;
  form.addEventListener("input", () => channel?.postMessage("typing"));
  channel?.addEventListener("message", () => {
    if (leaving || isEmpty(form)) return;
    clearTimeout(timer);
    saved = typedInto(form);
    keepHere(saved, _("Somebody writes in this form in another tab: its draft is the one there."));
  });
  offerWhatWasKept(form, kept, say);
}

// What the device kept goes to the server as the draft, and the page shows it. Where the form holds
// something else already, a person decides.
async function offerWhatWasKept(form, kept, say) {
  const found = kept.read();
  if (!found) return;
  if (found.typed === typedInto(form)) {
    kept.forget();
    return;
  }
  const putBack = async () => {
    try {
      const answer = await send(form, found.typed);
      if (!answer.ok) throw new Error(answer.status);
      kept.forget();
      location.assign(location.pathname + location.search);
    } catch {
      say(_("This device keeps a text of {time}. It comes back as soon as there is a connection.", { time: clock(found.at) }));
    }
  };
  if (isEmpty(form)) {
    putBack();
    return;
  }
  const words = [...new URLSearchParams(found.typed).values()].filter((value) => value.includes(" ")).join(" · ");
  const offer = document.createElement("div");
  offer.className = "banner banner-wait mb-3";
  offer.setAttribute("role", "status");
  offer.innerHTML = `<div class="grow"><b></b><p class="mb-2"></p><button class="btn btn-sm" type="button" data-take>${_("Use that one")}</button> <button class="btn btn-sm btn-plain" type="button" data-leave>${_("Keep what is here")}</button></div>`;
  offer.querySelector("b").textContent = _("This device kept another text at {time}.", { time: clock(found.at) });
  offer.querySelector("p").textContent = words.slice(0, 300);
  offer.querySelector("[data-take]").addEventListener("click", putBack);
  offer.querySelector("[data-leave]").addEventListener("click", () => { kept.forget(); offer.remove(); });
  form.before(offer);
}

const begun = new WeakSet();
function begin(within) {
  for (const form of within.querySelectorAll("form[data-autosave]")) {
    if (!begun.has(form)) keepDraft(form);
    begun.add(form);
  }
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
