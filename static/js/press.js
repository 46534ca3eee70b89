// A press counts for what it began on, also when that is moved away before it ends: hints, times as
// they were read and the line of a draft come a moment after the last key. Without this module the
// press is lost, and one presses again.
const TREMBLE = 5; // pixels that a hand moves without meaning it

let press = null;

addEventListener("pointerdown", (event) => {
  const on = event.pointerType === "mouse" && event.button === 0 && event.target.closest?.("button, summary, a[href]");
  const { left, top } = on ? on.getBoundingClientRect() : {};
  press = on ? { on, left, top, x: event.clientX, y: event.clientY } : null;
}, { capture: true });

addEventListener("pointercancel", () => { press = null; }, { capture: true });

addEventListener("pointerup", ({ target, clientX, clientY }) => {
  if (!press) return;
  const { on, left, top, x, y } = press;
  press = null;
  if (!on.isConnected || on.contains(target) || Math.hypot(clientX - x, clientY - y) > TREMBLE) return;
  const now = on.getBoundingClientRect();
  // After the click of the browser, which goes to what lies there by now.
  if (now.left !== left || now.top !== top) setTimeout(() => on.click());
}, { capture: true });
