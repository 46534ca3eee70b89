// A form with data-attach takes files by picker, by dropping them on the page and by pasting a
// picture. Each waits in a list with its own description and is sent alone: its progress is shown,
// and a refusal stays beside it, with what was typed.
import { _, _n } from "./words.js";

const MEGABYTE = 1_000_000;

const size = (bytes) => (bytes < MEGABYTE ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / MEGABYTE).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false })} MB`);

// What the server said: the reasons in our own page or fragment.
function reasons(status, page) {
  const said = [...page.querySelectorAll("[data-refused], .error-summary li, .teach p")];
  return said.map((each) => each.textContent.trim()).join(" ") || _("Not attached ({status}). Try once more.", { status });
}

// One request. Resolves to {ok, status, page}; an address other than ours means a lost session.
function send(form, data, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(Math.round((100 * event.loaded) / event.total));
    });
    const failed = (why) => () => resolve({ ok: false, why });
    request.addEventListener("error", failed(_("The connection broke. Press Attach to try again.")));
    request.addEventListener("timeout", failed(_("That took too long. Press Attach to try again.")));
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
        resolve({ ok: false, why: _("You are signed out. Sign in in another tab, then press Attach again.") });
      } else if (request.status === 200) {
        resolve({ ok: true, page });
      } else {
        resolve({ ok: false, why: reasons(request.status, page), page });
      }
    });
    request.send(data);
  });
}

function show(page) {
  const fresh = page?.getElementById("evidence");
  const here = document.getElementById("evidence");
  if (!fresh || !here) return;
  // What is typed under another file is not swept away.
  for (const field of here.querySelectorAll(".describe input[name='description']")) {
    const again = fresh.querySelector(`#${field.id}`);
    if (again) again.value = field.value;
  }
  fresh.querySelectorAll("[data-refused]").forEach((each) => each.closest(".banner")?.remove());
  here.replaceWith(document.adoptNode(fresh));
}

function enhance(form) {
  const [picker, list, status] = ["[type='file']", "[data-attach-queue]", "[data-attach-status]"].map((each) => form.querySelector(each));
  const pattern = form.querySelector("[data-attach-row]");
  const most = Number(form.dataset.mostBytes);
  const waiting = new Map();
  let busy = false;
  let number = 0;

  form.querySelector("[data-attach-hint]").hidden = false;
  form.querySelector("[data-attach-single]").hidden = true;

  function refuse(row, why) {
    const place = row.querySelector("[data-why]");
    place.textContent = why;
    place.hidden = false;
    row.querySelector("progress").hidden = true;
  }

  function leaveOut(row) {
    waiting.delete(row);
    row.remove();
    list.hidden = !waiting.size;
  }

  function add(files) {
    let first;
    for (const file of files) {
      const row = pattern.content.firstElementChild.cloneNode(true);
      const field = row.querySelector("[data-description]");
      number += 1;
      field.id = `attach-${number}`;
      row.querySelector("[data-label]").htmlFor = field.id;
      row.querySelector("[data-name]").textContent = file.name;
      row.querySelector("[data-size]").textContent = size(file.size);
      row.querySelector("[data-leave-out]").setAttribute("aria-label", _("Leave out {name}", { name: file.name }));
      row.querySelector("[data-leave-out]").addEventListener("click", () => leaveOut(row));
      waiting.set(row, file);
      list.append(row);
      if (file.size > most) refuse(row, _("“{name}” is larger than {most}. Cut it down to what matters, or pack it as zip or gzip.", { name: file.name, most: size(most) }));
      first ??= field;
    }
    if (!first) return;
    list.hidden = false;
    status.textContent = _n(waiting.size, "One file to attach. Say what each shows, then press Attach.", "{number} files to attach. Say what each shows, then press Attach.");
    first.focus();
  }

  async function sendAll() {
    busy = true;
    let kept = 0;
    const refused = [];
    const notes = [];
    for (const [row, file] of [...waiting]) {
      if (file.size > most) {
        refused.push(row.querySelector("[data-why]").textContent);
        continue;
      }
      const progress = row.querySelector("progress");
      progress.hidden = false;
      progress.setAttribute("aria-label", _("Sending {name}", { name: file.name }));
      row.querySelector("[data-why]").hidden = true;
      status.textContent = _("Sending “{name}”", { name: file.name });
      const data = new FormData();
      for (const name of ["csrfmiddlewaretoken", "event"]) if (form.elements[name]) data.set(name, form.elements[name].value);
      data.set("description", row.querySelector("[data-description]").value);
      data.set("files", file, file.name);
      const answer = await send(form, data, (percent) => { progress.value = percent; });
      if (answer.ok) {
        kept += 1;
        leaveOut(row);
        notes.push(...[...answer.page.querySelectorAll("[data-note]")].map((each) => each.textContent));
        show(answer.page);
      } else {
        refuse(row, answer.why);
        refused.push(answer.why);
      }
    }
    busy = false;
    const done = kept ? _n(kept, "One file attached.", "{number} files attached.") : "";
    status.textContent = [done, ...notes, ...refused].filter(Boolean).join(" ");
  }

  picker.addEventListener("change", () => {
    add(picker.files);
    picker.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    if (waiting.size) sendAll();
    else {
      status.textContent = _("Choose a file first.");
      picker.focus();
    }
  });

  const over = document.querySelector("[data-drop-here]");
  const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    over.hidden = false;
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) over.hidden = true; });
  addEventListener("drop", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    over.hidden = true;
    add(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    const at = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    add(files.map((file) => (file.name && file.name !== "image.png" ? file : new File([file], `pasted ${at}.png`, { type: file.type }))));
  });
  // Leaving would forget what waits.
  addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
}

document.querySelectorAll("form[data-attach]").forEach(enhance);
