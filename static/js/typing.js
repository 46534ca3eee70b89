// Whether keys go into a field now, where single letters do nothing else.
export const isTyping = (target) =>
  target.isContentEditable || target.closest("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select");
