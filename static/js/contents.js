// The contents beside a long text follow the reading: the part that is being read is marked.
const contents = document.querySelector("[data-contents]");
const named = (link) => document.getElementById(link.hash.slice(1));
const links = [...(contents?.querySelectorAll("a") ?? [])].filter((link) => named(link)?.closest(".read"));
const parts = links.map(named);
// A heading counts as reached a little below the bar on top.
const REACHED = 140;

function follow() {
  const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const reached = parts.filter((part) => part.getBoundingClientRect().top < REACHED).length - 1;
  const now = atEnd ? parts.length - 1 : reached;
  links.forEach((link, at) => {
    if (at === now) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  });
}

if (parts.length) {
  let waits = false;
  const soon = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      follow();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  follow();
}
