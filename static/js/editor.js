// Buttons that put Markdown around the selection. Without this module the marks are typed.
const marks = {
  bold: (words) => [`**${words || "words"}**`, 2],
  italic: (words) => [`_${words || "words"}_`, 1],
  link: (words) => [`[${words || "words"}](https://)`, 1],
  list: (words) => [(words || "first").split("\n").map((line) => `- ${line}`).join("\n"), 2],
};

for (const bar of document.querySelectorAll("[data-editor-bar]")) {
  const area = document.getElementById(bar.dataset.editorBar);
  if (!area) continue;
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-format]");
    if (!button) return;
    const { selectionStart: from, selectionEnd: to } = area;
    const [text, offset] = marks[button.dataset.format](area.value.slice(from, to));
    area.setRangeText(text, from, to, "end");
    if (from === to) area.setSelectionRange(from + offset, from + offset + (text.match(/words|first/) || [""])[0].length);
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
