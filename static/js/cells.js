/* A table of inputs marked data-cells: arrows and Enter go from cell to cell, as in a workbook. */
(() => {
  'use strict';
  const {ime} = window.portal;
  const STEPS = {ArrowUp: [0, -1], ArrowDown: [0, 1], Enter: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};

  const atEdge = (field, right) => {
    const {selectionStart: from, selectionEnd: to, value} = field;
    return (from === 0 && to === value.length) || (from === to && from === (right ? value.length : 0));
  };

  document.addEventListener('keydown', e => {
    const table = e.target.closest('[data-cells]');
    const step = STEPS[e.key];
    if (!table || !step || ime(e) || e.ctrlKey || e.metaKey || e.altKey || !e.target.matches('input')) return;
    if (step[0] && !atEdge(e.target, step[0] > 0)) return;
    e.preventDefault();
    const cell = e.target.closest('td');
    const row = cell.parentNode;
    const rows = [...table.tBodies].flatMap(body => [...body.rows]);
    const down = e.key === 'Enter' && e.shiftKey ? -1 : step[1];
    const at = side => rows[side]?.cells[cell.cellIndex + step[0]]?.querySelector('input');
    let place = rows.indexOf(row) + down;
    while (down && rows[place] && !at(place)) place += down; // rows between groups have no fields
    const target = at(place);
    if (target) { target.focus(); target.select(); }
  });
})();
