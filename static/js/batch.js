/* Returned rows: a field is taken whole when it gets focus, and Enter goes to the next row instead of sending all. */
(() => {
  'use strict';
  const form = document.getElementById('returned');
  if (!form) return;
  const {ime} = window.portal;
  const fields = () => [...form.querySelectorAll('input:not([type="hidden"])')];

  function step(field, way) {
    const all = fields();
    const next = all[all.indexOf(field) + way * 2];
    if (next) next.focus();
  }

  form.addEventListener('focusin', e => { if (e.target.matches('input')) e.target.select(); });
  form.addEventListener('keydown', e => {
    if (ime(e) || e.defaultPrevented || e.ctrlKey || e.altKey || !e.target.matches('input')) return;
    const way = {Enter: 1, ArrowDown: 1, ArrowUp: -1}[e.key];
    if (!way) return;
    e.preventDefault();
    step(e.target, way);
  });
  const first = document.activeElement;
  if (form.contains(first) && first.select) first.select();
})();
