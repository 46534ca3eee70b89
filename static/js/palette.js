// The command palette: Ctrl K, or the search field of the top bar, opens it as a dialog.
// Without this module that field is a link to a page with the same answers.
const dialog = document.querySelector("dialog[data-palette]");
const opener = document.querySelector('[data-open="palette"]');

class TooMany extends Error {}

if (dialog && opener && dialog.showModal) {
  const address = opener.getAttribute("href");
  let waiting = null;
  let asked = null;

  const input = () => dialog.querySelector("[data-palette-input]");
  const options = () => [...dialog.querySelectorAll('[role="option"]')];
  const chosen = () => dialog.querySelector('[role="option"][aria-selected="true"]');

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (option) {
      input().setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input().removeAttribute("aria-activedescendant");
    }
  };

  const answerTo = async (text) => {
    asked?.abort();
    asked = new AbortController();
    const response = await fetch(`${address}?${new URLSearchParams({ q: text })}`, {
      headers: { "HX-Request": "true" },
      signal: asked.signal,
    });
    if (response.status === 429) throw new TooMany(await response.text());
    // Signed out meanwhile: the page itself leads to the log-in.
    if (!response.ok || response.redirected) throw new Error(`palette: ${response.status}`);
    const answer = document.createElement("template");
    answer.innerHTML = await response.text();
    return answer.content;
  };

  const leave = (error) => {
    // What was typed and found stays; the place of the count says when to go on.
    const place = dialog.querySelector("[data-palette-count]");
    if (error instanceof TooMany && dialog.open && place) place.textContent = error.message;
    else if (error.name !== "AbortError") location.href = address;
  };

  // Only the list and the count change, so that the field keeps what is being typed.
  const refresh = async () => {
    try {
      const answer = await answerTo(input().value);
      for (const part of ['[role="listbox"]', "[data-palette-count]"]) {
        dialog.querySelector(part).replaceChildren(...answer.querySelector(part).childNodes);
      }
      choose(options()[0]);
      return true;
    } catch (error) {
      leave(error);
      return false;
    }
  };

  const open = async () => {
    if (dialog.open) return;
    try {
      dialog.replaceChildren(await answerTo(""));
    } catch (error) {
      leave(error);
      return;
    }
    dialog.showModal();
    input().focus();
    choose(options()[0]);
  };

  const go = (event) => {
    const option = chosen();
    if (!option) return;
    if (event.ctrlKey || event.metaKey) window.open(option.href, "_blank", "noopener");
    else location.href = option.href;
    dialog.close();
  };

  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });

  dialog.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = null;
      refresh();
    }, 120);
  });
  dialog.addEventListener("keydown", async (event) => {
    const all = options();
    const place = all.indexOf(chosen());
    const next = {
      ArrowDown: all[(place + 1) % all.length],
      ArrowUp: all[(place - 1 + all.length) % all.length],
    }[event.key];
    if (next) {
      event.preventDefault();
      choose(next);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      // Typed faster than the answers came: open what was typed, not what was shown.
      if (waiting) {
        clearTimeout(waiting);
        waiting = null;
        if (!(await refresh())) return;
      }
      go(event);
    }
  });
  // A click beside the dialog closes it; the browser does the rest (Esc, focus back to the field).
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
