/* The list of what waits is left alone while somebody stands in it. */
document.body.addEventListener('htmx:beforeSwap', e => {
  const {target} = e.detail;
  if (target.id === 'todo' && target.contains(document.activeElement)) e.detail.shouldSwap = false;
});
