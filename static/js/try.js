// The page of the API: [data-try] is a form that asks one operation, with the token that was typed
// above. Without this module the page is there to read.
const token = document.querySelector("#try-token");
document.querySelector("[data-try-token]").hidden = false;

for (const form of document.querySelectorAll("[data-try]")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const shown = form.querySelector("[data-answer]");
    shown.hidden = false;
    shown.textContent = "Asking…";
    try {
      const answer = await ask(form);
      const text = await answer.text();
      const etag = answer.headers.get("ETag");
      shown.textContent = [`${answer.status} ${answer.statusText}`, etag ? `ETag: ${etag}` : "", "", pretty(text)]
        .filter((line, place) => line || place === 2)
        .join("\n");
    } catch {
      shown.textContent = "No answer came. Is the network there?";
    }
  });
}

function ask(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { Authorization: `Bearer ${token.value.trim()}` };
  let body;
  for (const field of form.elements) {
    const value = field.value;
    if (field.dataset.place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    if (!value || !field.dataset.place) continue;
    if (field.dataset.place === "query") value.split(",").forEach((one) => query.append(field.name, one.trim()));
    if (field.dataset.place === "header") headers[field.name] = value;
    if (field.dataset.place === "body") body = value;
  }
  if (body) headers["Content-Type"] = "application/json";
  const address = query.size ? `${path}?${query}` : path;
  return fetch(address, { method: form.dataset.method, headers, body, credentials: "omit" });
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
