// Cards of the board of actions: dragged into another lane, or moved by keys. Both press a button of
// the card's menu, which works without this module.
//   S opens the menu of the card one stands at, D and O follow [data-tile-key] links in it,
//   the left and right arrows go to the lane beside.
import { isTyping } from "./typing.js";

const board = document.querySelector("[data-lanes]");

const buttonFor = (tile, lane) => tile.querySelector(`button[name=to][value="${CSS.escape(lane)}"]`);

function moveTo(tile, lane) {
  const button = buttonFor(tile, lane);
  if (button && !button.matches(".active")) button.form.requestSubmit(button);
}

if (board) {
  let dragged = null;
  for (const tile of board.querySelectorAll("[data-tile]")) tile.draggable = true;

  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-tile]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector(".title").textContent);
    dragged.classList.add("is-dragged");
  });
  board.addEventListener("dragover", (event) => {
    const lane = event.target.closest?.("[data-lane]");
    if (!dragged || !lane) return;
    event.preventDefault();
    for (const each of board.querySelectorAll("[data-lane]")) each.classList.toggle("is-over", each === lane && Boolean(buttonFor(dragged, lane.dataset.lane)));
  });
  board.addEventListener("drop", (event) => {
    const lane = event.target.closest?.("[data-lane]");
    if (!dragged || !lane) return;
    event.preventDefault();
    moveTo(dragged, lane.dataset.lane);
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    for (const each of board.querySelectorAll("[data-lane]")) each.classList.remove("is-over");
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const tile = document.activeElement.closest("[data-tile]");
    const key = event.key.toLowerCase();
    if (key === "escape") {
      const open = board.querySelector("details[open]");
      if (!open) return;
      open.open = false;
      open.querySelector("summary").focus();
    } else if (tile && key === "s") {
      event.preventDefault();
      const menu = tile.querySelector("[data-tile-menu]").parentElement;
      menu.open = true;
      (menu.querySelector("button[name=to]:not(.active)") ?? menu.querySelector("button, a")).focus();
    } else if (tile && ["arrowup", "arrowdown"].includes(key) && document.activeElement.closest(".dropdown-menu")) {
      event.preventDefault();
      const items = [...tile.querySelectorAll(".dropdown-item")];
      items.at((items.indexOf(document.activeElement) + (key === "arrowdown" ? 1 : -1)) % items.length).focus();
    } else if (tile && ["arrowleft", "arrowright"].includes(key)) {
      const lanes = [...board.querySelectorAll("[data-lane]")].filter((lane) => lane.querySelector("[data-tile]"));
      const at = lanes.indexOf(tile.closest("[data-lane]")) + (key === "arrowright" ? 1 : -1);
      if (!lanes[at]) return;
      event.preventDefault();
      lanes[at].querySelector("[data-tile] .title").focus();
    } else if (tile) {
      const link = tile.querySelector(`[data-tile-key="${CSS.escape(key)}"]`);
      if (!link) return;
      event.preventDefault();
      link.click();
    }
  });
}
