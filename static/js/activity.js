/* Who was there, one after another: the register is searched here, picking a household sends it.
   Without it the field takes a name or a number that the server looks up. */
(() => {
  'use strict';
  const {Field, Households} = window.Lookup;
  const {$, say} = window.portal;

  const form = $('[data-attend]');
  if (!form) return;
  const sources = {};
  const lookup = new Field(form, $('#candidates-box'), sources);
  form.addEventListener('lookup:pick', ({detail}) => {
    $('[data-pick]', form).value = detail.item.id;
    form.requestSubmit();
  });
  form.addEventListener('lookup:none', ({detail}) => say(`没有找到“${detail.query}”`));
  form.addEventListener('input', () => { $('[data-pick]', form).value = ''; });
  fetch(form.dataset.index, {headers: {'X-Requested-With': 'fetch'}}).then(response => response.ok ? response.json() : null).then(data => {
    if (!data) return;
    sources.household = new Households(data);
    lookup.ready();
  }).catch(() => {});
})();
