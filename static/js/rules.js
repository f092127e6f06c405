/* The item looked at: its row carries the mark, and on a phone its card comes into view. */
(() => {
  'use strict';
  const mark = link => {
    document.querySelectorAll('[data-rule][aria-current]').forEach(other => {
      other.removeAttribute('aria-current');
      other.closest('tr').classList.remove('is-current');
    });
    link.setAttribute('aria-current', 'true');
    link.closest('tr').classList.add('is-current');
  };
  document.body.addEventListener('htmx:afterSwap', e => {
    const link = e.detail.requestConfig && e.detail.requestConfig.elt;
    if (!link || !link.matches('[data-rule]')) return;
    mark(link);
    e.detail.target.parentNode.classList.add('has-choice');
    e.detail.target.scrollIntoView({block: 'nearest'});
  });
})();
