// "Like the device" on a dark device: the moon button leads to light, which the server can't know.
const form = document.querySelector("[data-theme-toggle]");
form?.addEventListener("submit", () => {
  const chosen = document.documentElement.dataset.bsTheme;
  const isDark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const wanted = document.createElement("input");
  Object.assign(wanted, { type: "hidden", name: "theme", value: isDark ? "light" : "dark" });
  form.append(wanted);
});
