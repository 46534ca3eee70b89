// input[type=date][data-ahead="2026-11-29"]: "+" begins a number of days, weeks or months from that
// day, such as +2w. Left, the field shows the day it means; sent at once, the server reads it in the
// same way (common/when/ahead.py).
function dayAhead(text, today) {
  const found = /^\+\s*(\d{1,3})\s*([dwm])$/i.exec(text.trim());
  if (!found) return "";
  const [number, unit] = [Number(found[1]), found[2].toLowerCase()];
  const day = new Date(`${today}T00:00Z`);
  if (unit === "m") {
    const month = day.getUTCMonth() + number;
    const last = new Date(Date.UTC(day.getUTCFullYear(), month + 1, 0)).getUTCDate();
    day.setUTCMonth(month, Math.min(day.getUTCDate(), last));
  } else {
    day.setUTCDate(day.getUTCDate() + number * (unit === "w" ? 7 : 1));
  }
  return day.toISOString().slice(0, 10);
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (event.key !== "+" || !input.matches?.("input[type=date][data-ahead]")) return;
  event.preventDefault();
  input.type = "text";
  input.value = "+";
  input.setSelectionRange(1, 1);
});

document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (!input.matches?.("input[type=text][data-ahead]")) return;
  const day = dayAhead(input.value, input.dataset.ahead);
  if (!day && input.value.trim().length > 1) return;
  input.type = "date";
  input.value = day;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
