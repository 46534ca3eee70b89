// “Show UTC” works by the style sheet alone; this remembers the choice on this device.
const box = document.querySelector("[data-show-utc]");

if (box) {
  try {
    box.checked = localStorage.getItem("show-utc") === "yes";
    box.addEventListener("change", () => localStorage.setItem("show-utc", box.checked ? "yes" : "no"));
  } catch {
    // A browser that keeps nothing: ticked for this page alone.
  }
}
