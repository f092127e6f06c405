/* Turning the pages: Alt+PageUp and Alt+PageDown lead to the household before and after. */
document.addEventListener('keydown', e => {
  if (!e.altKey || e.ctrlKey || e.shiftKey || window.portal.ime(e)) return;
  const link = document.querySelector(`[data-turn="${CSS.escape(e.key)}"]`);
  if (link) { e.preventDefault(); link.click(); }
});
