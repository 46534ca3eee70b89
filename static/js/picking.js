// Rows that are picked for something to be done with all of them. Without this module the boxes
// work as a form does; the bar is shown by the style sheet while a box is ticked.
//   X picks the row one stands at, Shift and a click a stretch of rows, Esc lets all go.
//   [data-pick-key="d"] on a button of the bar: D presses it, for the picked rows, or for the one
//   row one stands at.
import { isTyping } from "./typing.js";

const boxes = (form) => [...form.querySelectorAll("input[name=pick]")];
let last = null;

const show = (form) => {
  const all = boxes(form);
  const picked = all.filter((box) => box.checked).length;
  form.querySelector("[data-picked-count]").textContent = picked;
  form.querySelector(".bulkbar").classList.toggle("d-none", !picked);
  const every = form.querySelector("[data-pick-all]");
  every.hidden = false;
  every.checked = picked > 0 && picked === all.length;
  every.indeterminate = picked > 0 && picked < all.length;
};

const showAll = () => document.querySelectorAll("form[data-picking]").forEach(show);

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("form[data-picking] input[name=pick]");
  if (!box) return;
  if (event.shiftKey && last?.form === box.form) {
    const all = boxes(box.form);
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-picking]");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) {
    for (const box of boxes(form)) box.checked = event.target.checked;
  }
  show(form);
});

document.addEventListener("reset", (event) => {
  if (event.target.matches("form[data-picking]")) setTimeout(showAll);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const form = document.querySelector("form[data-picking]");
  if (!form) return;
  if (event.key === "Escape" && boxes(form).some((box) => box.checked)) {
    for (const box of boxes(form)) box.checked = false;
    show(form);
  } else if (event.key.toLowerCase() === "x") {
    const box = form.querySelector(".is-current input[name=pick]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    last = box;
    show(form);
  } else {
    const button = form.querySelector(`[data-pick-key="${CSS.escape(event.key.toLowerCase())}"]`);
    const here = form.querySelector(".is-current input[name=pick]");
    if (!button || !(here || boxes(form).some((box) => box.checked))) return;
    event.preventDefault();
    if (!boxes(form).some((box) => box.checked)) here.checked = true;
    show(form);
    form.requestSubmit(button);
  }
});

document.addEventListener("htmx:load", showAll);
addEventListener("pageshow", showAll);
showAll();
