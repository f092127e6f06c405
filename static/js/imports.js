/* The preview of an import: Ctrl+↓ and Ctrl+↑ walk from one cell to change to the next. */
(() => {
  'use strict';
  const {all, ime} = window.portal;
  document.body.addEventListener('htmx:afterSettle', () => {
    const next = document.querySelector('[data-problems] [data-focus]');
    if (next && !document.activeElement.closest('[data-problems]')) { next.focus(); next.select(); }
  });
  document.addEventListener('keydown', e => {
    if (ime(e) || !e.ctrlKey || e.altKey || e.shiftKey || !['ArrowDown', 'ArrowUp'].includes(e.key)) return;
    const cells = all('[data-problems] .imp-cell');
    if (!cells.length) return;
    e.preventDefault();
    const at = cells.indexOf(document.activeElement);
    const next = cells[e.key === 'ArrowDown' ? at + 1 : Math.max(at - 1, 0)] || cells[0];
    next.focus();
    next.select();
  });
})();
