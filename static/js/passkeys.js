// Forms with data-passkey: "create" makes a passkey, "get" shows one. What the browser has to
// answer stands in data-options, or comes from the address in data-options-from.

const _ = (text) => globalThis.wordsOfPage?.[text] ?? text;
const NOT_NOW = _("That did not work. Try it again, or take another way.");

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function prepare(form) {
  const button = form.querySelector("button");
  const says = form.querySelector("[data-passkey-says]");
  button.hidden = false;
  if (says) says.textContent = "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const options = await optionsOf(form);
      const credential = await window.webauthnJSON[form.dataset.passkey](options);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      if (says) says.textContent = NOT_NOW;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential && window.webauthnJSON) {
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
}
