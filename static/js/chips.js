/* Names to press beside a field of names, marked data-chips with the field's id. */
(() => {
  'use strict';
  const {all} = window.portal;
  const names = field => field.value.split(/[、,，;；\s]+/).filter(Boolean);

  all('[data-chips]').forEach(box => {
    const field = document.getElementById(box.dataset.chips);
    const mark = () => all('button', box).forEach(chip =>
      chip.setAttribute('aria-pressed', String(names(field).includes(chip.textContent))));
    box.hidden = false;
    box.addEventListener('click', e => {
      const chip = e.target.closest('button');
      if (!chip) return;
      const there = names(field);
      const name = chip.textContent;
      field.value = (there.includes(name) ? there.filter(one => one !== name) : [...there, name]).join('、');
      mark();
    });
    field.addEventListener('input', mark);
    mark();
  });
})();
