/* The wall turns its panels, asks for new figures every few minutes, and stands still for whoever wants it to. */
(() => {
  'use strict';
  const TURN = 20000, ASK = 300000;
  const all = name => [...document.querySelectorAll(name)];
  let at = 0;
  let still = document.documentElement.hasAttribute('data-reduce') || matchMedia('(prefers-reduced-motion: reduce)').matches;

  function paint() {
    const panels = all('[data-panel]');
    panels.forEach((panel, nth) => { panel.hidden = nth !== at % panels.length; });
    all('[data-turn]').forEach(node => { node.hidden = false; node.textContent = `${at % panels.length + 1} / ${panels.length}`; });
    all('[data-stop]').forEach(button => { button.hidden = false; button.setAttribute('aria-pressed', String(still)); });
    all('[data-stop-word]').forEach(node => { node.textContent = still ? '继续' : '暂停'; });
  }
  const stop = () => { still = !still; paint(); };

  document.addEventListener('click', e => { if (e.target.closest('[data-stop]')) stop(); });
  document.addEventListener('keydown', e => {
    if (e.key !== ' ' || e.target.closest('a, button') || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    stop();
  });
  setInterval(() => { if (!still) { at += 1; paint(); } }, TURN);
  // What cannot be had now is asked for again later: the old figures stay and say from when they are.
  setInterval(() => htmx.ajax('GET', location.href, {target: '#wall', select: '#wall', swap: 'outerHTML'}), ASK);
  document.addEventListener('htmx:afterSwap', paint);
  document.addEventListener('htmx:responseError', e => { if (e.detail.xhr.status === 401) location.reload(); });
  paint();
})();
