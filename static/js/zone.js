// First set-up: the browser knows the time zone; typing one of your own wins.
const input = document.querySelector("[data-guess-zone]");
if (input && !input.value) {
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}
