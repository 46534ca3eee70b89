// Texts in the language of the page. What they are called in it stands in words.<language>.js, which
// pages in that language bring along; what does not stand there is said in English.
export const _ = (text, values = {}) => (globalThis.wordsOfPage?.[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
export const _n = (number, one, several) => _(number === 1 ? one : several, { number });
