// Cards are put in order with Alt and the arrow keys or by dragging their grip, with a mouse or a
// finger, also into another part. Both say where the card went and can be taken back. Without this
// module the menu of a card has "Earlier", "Later" and the other parts.
import { _ } from "./words.js";

const lists = () => [...document.querySelectorAll("[data-live-part='rows'][data-goal]")];
const cardsOf = (list) => [...list.children].filter((each) => each.matches("article"));
const EDGE = 60; // pixels from the edge of the window where a dragged card scrolls it

const spoken = document.createElement("p");
spoken.className = "visually-hidden";
spoken.setAttribute("role", "status");
document.body.append(spoken);

function show(within) {
  for (const grip of within.querySelectorAll?.("[data-grip]") ?? []) grip.hidden = false;
}
show(document);
document.addEventListener("htmx:load", (event) => show(event.detail.elt));

async function keep(card, wasIn, wasBefore) {
  const list = card.parentElement;
  const grip = card.querySelector("[data-grip]");
  const place = cardsOf(list);
  const at = place.indexOf(card);
  const number = (other) => other?.id.replace("card-", "") ?? "";
  const body = new URLSearchParams({ part: list.dataset.goal, before: number(place[at + 1]), after: number(place[at - 1]) });
  body.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(grip.dataset.grip, { method: "POST", body, headers: { "HX-Request": "true", "X-Autosave": "1" }, redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
    offerUndo(await answer.text());
    spoken.textContent = _("Moved to place {place} of {all} in “{column}”.", { place: at + 1, all: place.length, column: list.dataset.words });
  } catch {
    wasIn.insertBefore(card, wasBefore);
    spoken.textContent = _("Not moved: the server did not take it. The card is back where it was.");
  }
  document.querySelector("[data-live]")?.dispatchEvent(new CustomEvent("ask"));
}

function offerUndo(html) {
  document.querySelector(".toast-undo")?.remove();
  document.body.insertAdjacentHTML("beforeend", html);
  const toast = document.querySelector(".toast-undo");
  const leave = () => (toast.matches(":focus-within, :hover") ? setTimeout(leave, 5000) : toast.remove());
  setTimeout(leave, 10000);
}

// By keyboard --------------------------------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const card = event.target.closest?.("[data-live-part='rows'] > article");
  const grip = card?.querySelector("[data-grip]");
  if (!grip || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  const list = card.parentElement;
  const cards = cardsOf(list);
  const at = cards.indexOf(card);
  const next = cards[at + (event.key === "ArrowUp" ? -1 : 1)];
  if (!next) {
    spoken.textContent = event.key === "ArrowUp" ? _("It is the first one.") : _("It is the last one.");
    return;
  }
  const wasBefore = card.nextElementSibling;
  list.insertBefore(card, event.key === "ArrowUp" ? next : next.nextElementSibling);
  grip.focus();
  card.scrollIntoView({ block: "nearest" });
  keep(card, list, wasBefore);
});

// By dragging --------------------------------------------------------------------------------------
document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button > 0) return;
  const card = grip.closest("article");
  const wasIn = card.parentElement;
  const wasBefore = card.nextElementSibling;
  let isDragged = false;

  const move = (now) => {
    if (!isDragged && Math.abs(now.clientY - event.clientY) + Math.abs(now.clientX - event.clientX) < 5) return;
    isDragged = true;
    card.classList.add("is-dragged");
    if (now.clientY < EDGE) scrollBy(0, -12);
    if (now.clientY > innerHeight - EDGE) scrollBy(0, 12);
    const list = lists().find((each) => {
      const { top, bottom } = each.closest("section").getBoundingClientRect();
      return now.clientY >= top && now.clientY <= bottom;
    });
    if (!list) return;
    const next = cardsOf(list).filter((each) => each !== card).find((each) => {
      const { top, height } = each.getBoundingClientRect();
      return now.clientY < top + height / 2;
    });
    const last = cardsOf(list).filter((each) => each !== card).at(-1);
    const before = next ?? last?.nextElementSibling ?? null;
    if (before !== card && (card.parentElement !== list || card.nextElementSibling !== before)) list.insertBefore(card, before);
  };
  const end = (last) => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    removeEventListener("keydown", cancel, { capture: true });
    card.classList.remove("is-dragged");
    const isBack = last.type !== "pointerup";
    if (isBack) wasIn.insertBefore(card, wasBefore);
    else if (isDragged && (card.parentElement !== wasIn || card.nextElementSibling !== wasBefore)) keep(card, wasIn, wasBefore);
  };
  const cancel = (key) => {
    if (key.key !== "Escape") return;
    key.stopPropagation();
    end(key);
  };
  // On the window: a card that changes its place in the document would lose what it captured.
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("keydown", cancel, { capture: true });
});
