// [data-copy] is a link to what it copies: without this module, or where the browser keeps its
// clipboard shut, it leads there.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy]");
  if (!link || event.ctrlKey || event.metaKey || !navigator.clipboard) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(`${link.dataset.copy} ${link.href}`.trim());
    link.querySelector("[data-copied]").textContent = "Copied";
  } catch {
    location.assign(link.href);
  }
});
