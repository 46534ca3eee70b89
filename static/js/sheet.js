// A style sheet that came within the page is kept by no browser. It is fetched as a file once the
// reader stirs, so that the next page has it.
const within = document.querySelector("style[data-file]");

if (within) {
  const fetched = new AbortController();
  const fetchIt = () => {
    fetched.abort();
    // From the server even where it is kept: its cookie comes with it.
    fetch(within.dataset.file, { cache: "reload", priority: "low" }).catch(() => {});
  };
  for (const sign of ["pointermove", "touchstart", "keydown", "scroll"]) {
    addEventListener(sign, fetchIt, { passive: true, signal: fetched.signal });
  }
}
