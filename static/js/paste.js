/* A pasted list: lookups for village, rule and missing households, keys for namesakes, figures that follow every answer.
   Without it the page is a form that the server reads. */
(() => {
  'use strict';
  const {Field, Households, Options, upgrade, ime, signed} = window.Lookup;
  const {$, all, say} = window.portal;
  const OPEN = ['same', 'none', 'points', 'twice', 'refused'];

  class Paste {
    constructor(form) {
      Object.assign(this, {form, sources: {}});
      this.fields = all('[data-choice]', form).map(select => this.upgrade(select));
      this.lookup = new Field(form, $('#candidates-box'), this.sources);
      this.problems = all('[data-problem]', form);
      this.problems.forEach(problem => { problem.first = problem.dataset.state; });
      form.addEventListener('lookup:pick', e => this.picked(e));
      form.addEventListener('lookup:none', e => say(`没有找到“${e.detail.query}”`));
      form.addEventListener('change', e => this.changed(e.target));
      form.addEventListener('input', e => this.typed(e.target));
      form.addEventListener('keydown', e => this.pressed(e));
      form.addEventListener('focusout', e => { if (e.target.options && e.target.dataset.lookup) e.target.value = e.target.dataset.lookupAll; });
      $('[data-next]', form)?.addEventListener('click', () => this.step(1));
      this.text = $('textarea:not([hidden])', form);
      this.text?.addEventListener('paste', () => setTimeout(() => { if (this.text.value.trim()) this.reread(); }));
      if (this.problems.some(problem => problem.querySelector('[data-lookup]'))) this.loadIndex();
      this.begin();
    }

    upgrade(select) {
      this.sources[select.dataset.choice] = new Options(select);
      return Object.assign(upgrade(select), {options: select});
    }

    begin() {
      const empty = this.fields.find(field => !field.options.value);
      const open = this.problems.find(problem => this.isOpen(problem));
      if (empty) empty.focus();
      else if (this.text) this.text.focus();
      else if (open) this.focus(open);
      else $('[data-primary]', this.form).focus();
    }

    async loadIndex() {
      const response = await fetch(this.form.dataset.index, {headers: {'X-Requested-With': 'fetch'}}).catch(() => null);
      if (!response || !response.ok) return;
      this.sources.household = new Households(await response.json());
      this.lookup.ready();
    }

    /* Read again on the server with what has been changed; nothing that was settled is lost. */
    reread() {
      const button = $('button[value=read]', this.form);
      this.form.requestSubmit(button);
    }

    picked({target, detail}) {
      if (this.fields.includes(target)) {
        target.options.value = detail.item.id;
        target.value = target.dataset.lookupAll = [detail.item.code, detail.item.name].filter(Boolean).join('　');
        return this.reread();
      }
      const problem = target.closest('[data-problem]');
      target.value = detail.item.name;
      $('[data-pick]', problem).value = detail.item.id;
      $('[data-why]', problem).textContent = `${detail.item.group} ${detail.item.number}`;
      this.settle(problem, 'ok');
      this.step(1, problem);
    }

    typed(field) {
      const problem = field.closest('[data-problem]');
      if (!problem || !field.matches('[data-lookup]')) return;
      $('[data-pick]', problem).value = '';
      this.settle(problem, 'none');
    }

    changed(field) {
      if (field.matches('[data-reread], [name=date], [name=usual]') && !(this.text && !this.text.value.trim() && field.name === 'usual')) return this.reread();
      const problem = field.closest('[data-problem]');
      if (!problem) return;
      if (field.matches('[data-skip]')) this.settle(problem, field.checked ? 'skipped' : this.answered(problem));
      else if (field.type === 'radio') this.settle(problem, 'ok');
      else if (field.name.startsWith('points-')) this.reread();
    }

    answered(problem) {
      const settled = $('[type=radio]:checked', problem) || $('[data-pick]', problem)?.value;
      if (settled) return 'ok';
      return problem.first === 'skipped' ? ($('[type=radio]', problem) ? 'same' : 'none') : problem.first;
    }

    settle(problem, state) {
      problem.dataset.state = state;
      if (state !== 'skipped') $('[data-skip]', problem).checked = false;
      const line = $(`[data-line="${problem.dataset.problem}"]`, this.form);
      line.dataset.state = state;
      this.count();
    }

    isOpen(problem) { return OPEN.includes(problem.dataset.state); }

    /* Figures of the footer: what the server counted, and what has been answered since. */
    count() {
      const foot = $('[data-ready]', this.form);
      const {ready, added, total, open} = foot.dataset;
      const since = test => this.problems.filter(problem => test(problem.dataset.state)).length - this.problems.filter(problem => test(problem.first)).length;
      const gain = this.problems.reduce((sum, {dataset, first}) => sum + Number(dataset.points || 0) * ((dataset.state === 'ok') - (first === 'ok')), 0);
      const rows = Number(ready) + since(state => state === 'ok');
      const left = Number(open) + since(state => OPEN.includes(state));
      $('[data-total=count]', foot).textContent = Number(added) + rows;
      $('[data-total=sum]', foot).textContent = signed(Number(total) + gain);
      $('[data-total=open]', foot).textContent = left;
      $('[data-open-note]', foot).hidden = !left;
      $('[data-add-label]', foot).textContent = left ? `先加入能对上的 ${rows} 行` : `加入 ${rows} 行`;
    }

    /* --- keys -------------------------------------------------------------- */
    pressed(e) {
      if (ime(e) || e.defaultPrevented) return;
      const problem = e.target.closest('[data-problem]');
      if (e.ctrlKey && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); this.step(e.key === 'ArrowDown' ? 1 : -1, problem); }
      else if (e.key === 'Enter' && e.target.matches('input') && !e.ctrlKey) { e.preventDefault(); this.enter(e.target, problem); }
      else if (problem && /^[1-8]$/.test(e.key) && e.target.type === 'radio' && !e.ctrlKey && !e.altKey) this.choose(e, problem);
    }

    enter(field, problem) {
      if (!problem) return this.reread();
      if (field.type === 'radio') { field.checked = true; this.settle(problem, 'ok'); }
      if (field.type === 'checkbox') { field.checked = !field.checked; this.changed(field); }
      if (field.name.startsWith('points-')) return this.reread();
      this.step(1, problem);
    }

    choose(e, problem) {
      const radio = all('[type=radio]', problem)[Number(e.key) - 1];
      if (!radio) return;
      e.preventDefault();
      radio.checked = true;
      this.settle(problem, 'ok');
      this.step(1, problem);
    }

    step(way, from = document.activeElement.closest('[data-problem]')) {
      const at = this.problems.indexOf(from);
      const turn = way > 0 ? [...this.problems.slice(at + 1), ...this.problems.slice(0, at + 1)] : [...this.problems.slice(0, Math.max(at, 0)), ...this.problems.slice(Math.max(at, 0))].reverse();
      const next = turn.find(problem => this.isOpen(problem) && problem !== from);
      if (next) this.focus(next);
      else if (from && !this.isOpen(from)) $('[data-primary]', this.form).focus();
    }

    focus(problem) {
      const field = ['[type=radio]:checked', '[type=radio]', '[data-lookup]', '[name^=points-]', '[data-skip]'].map(kind => $(kind, problem)).find(Boolean);
      field.focus();
      problem.scrollIntoView({block: 'nearest'});
      all('.is-here', this.form).forEach(line => line.classList.remove('is-here'));
      const line = $(`[data-line="${problem.dataset.problem}"]`, this.form);
      line.classList.add('is-here');
      line.scrollIntoView({block: 'nearest'});
    }
  }

  const form = $('[data-paste]');
  if (form) window.paste = new Paste(form);
})();
