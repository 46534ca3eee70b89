// Forms with data-autosave keep what is typed as a draft on the server: 800 ms after the last key,
// and when a field is left. Only their owner can see a draft.
const PAUSE = 800;

function keepDraft(form) {
  const status = form.querySelector("[data-autosave-status]");
  let timer;
  let saved = "";
  let sending = false;
  let leaving = false;

  const typed = () => {
    const data = new FormData(form);
    for (const name of ["form_token", "csrfmiddlewaretoken"]) data.delete(name);
    return new URLSearchParams(data).toString();
  };

  async function save() {
    clearTimeout(timer);
    const now = typed();
    if (leaving || sending || now === saved) return;
    sending = true;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
        },
        body: now,
        redirect: "error",
      });
      if (!answer.ok) throw new Error(answer.status);
      saved = now;
      if (status) status.innerHTML = await answer.text();
    } catch {
      if (status) status.textContent = "Not kept as a draft just now. Keep this page open; it is tried again as you type.";
    } finally {
      sending = false;
      if (!leaving && typed() !== now) later();
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  saved = typed();
  form.addEventListener("input", later);
  form.addEventListener("focusout", save);
  // Once the form is sent, the server discards the draft; a late save would bring it back.
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  addEventListener("pageshow", () => { leaving = false; });
}

document.querySelectorAll("form[data-autosave]").forEach(keepDraft);
