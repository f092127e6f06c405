/* Ticking the roster: one stop of Tab for the whole list, arrows inside it, letters to jump, digits for points.
   Without it the page is a form of check boxes. */
(() => {
  'use strict';
  const {Field, Options, upgrade, ime} = window.Lookup;
  const {$, all, say} = window.portal;

  class Context {
    constructor(page, form) {
      Object.assign(this, {form, sources: {}});
      this.fields = all('[data-choice]', form).map(select => {
        this.sources[select.dataset.choice] = new Options(select);
        return Object.assign(upgrade(select), {options: select});
      });
      const unfold = $('[data-unfold]', form);
      if (unfold) form.classList.add('is-folded');
      unfold?.addEventListener('click', () => { form.classList.remove('is-folded'); this.fields[0].focus(); });
      this.lookup = new Field(page, $('#candidates-box'), this.sources);
      form.addEventListener('lookup:pick', e => this.picked(e));
      form.addEventListener('change', e => { if (e.target.name === 'date') form.requestSubmit(); });
      form.addEventListener('focusout', e => { if (e.target.options) e.target.value = e.target.dataset.lookupAll; });
    }

    get empty() { return this.fields.find(field => !field.options.value); }

    picked({target, detail}) {
      target.options.value = detail.item.id;
      target.value = target.dataset.lookupAll = [detail.item.code, detail.item.name].filter(Boolean).join('　');
      this.form.requestSubmit();
    }
  }

  class Roster {
    constructor(form) {
      Object.assign(this, {form, rows: all('[data-row]', form), typed: '', typedAt: 0});
      this.boxes = this.rows.map(row => $('[type=checkbox]', row));
      this.boxes.forEach(box => { box.tabIndex = -1; });
      this.first = this.state();
      form.addEventListener('change', () => this.count());
      form.addEventListener('keydown', e => this.pressed(e));
      form.addEventListener('focusin', e => { if (this.boxes.includes(e.target)) this.stop(e.target); });
      form.addEventListener('submit', () => { this.leaving = true; });
      addEventListener('beforeunload', e => { if (!this.leaving && this.state() !== this.first) { e.preventDefault(); e.returnValue = ''; } });
      this.tools();
      this.count();
      this.go(this.boxes[Math.max(0, this.rows.findIndex(row => row.matches('.is-wrong')))]);
    }

    state() { return new URLSearchParams(new FormData(this.form)).toString(); }

    get shown() { return this.boxes.filter(box => !box.closest('[data-row]').hidden); }

    /* One box at a time can be reached by Tab. */
    stop(box) {
      this.boxes.forEach(other => { other.tabIndex = other === box ? 0 : -1; });
    }

    go(box) {
      if (!box) return;
      this.stop(box);
      box.focus();
      box.closest('[data-row]').scrollIntoView({block: 'nearest'});
    }

    tools() {
      $('[data-tools]', this.form).hidden = false;
      $('[data-all]', this.form).addEventListener('click', () => this.tickAll());
      $('[data-invert]', this.form).addEventListener('click', () => { this.boxes.forEach(box => { box.checked = !box.checked; }); this.count(); });
      $('[data-rest]', this.form).addEventListener('click', e => this.onlyRest(e.currentTarget));
    }

    tickAll() {
      this.boxes.forEach(box => { box.checked = true; });
      this.count();
      say(`已选 ${this.boxes.length} 户`);
    }

    onlyRest(press) {
      const on = press.getAttribute('aria-pressed') !== 'true';
      press.setAttribute('aria-pressed', String(on));
      this.rows.forEach((row, at) => { row.hidden = on && this.boxes[at].checked; });
    }

    count() {
      const ticked = this.boxes.filter(box => box.checked).length;
      $('[data-total=group]', this.form).textContent = ticked;
      $('[data-tally]', this.form).textContent = `${ticked}/${this.boxes.length}`;
    }

    /* --- keys -------------------------------------------------------------- */
    pressed(e) {
      if (ime(e) || e.defaultPrevented || e.altKey) return;
      const box = $('[type=checkbox]', e.target.closest('[data-row]') || document.createElement('i'));
      if (!box) return;
      const act = e.target === box ? this.onBox(e, box) : this.onField(e, box);
      if (act) { e.preventDefault(); act(); }
    }

    onBox(e, box) {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'a') return () => this.tickAll();
      if (e.ctrlKey || e.metaKey) return null;
      if (e.key === 'ArrowDown') return () => this.move(box, 1, e.shiftKey);
      if (e.key === 'ArrowUp') return () => this.move(box, -1, e.shiftKey);
      if (e.key === 'Enter') return () => this.move(box, 1, false);
      if (/^[a-z]$/i.test(e.key)) return () => this.jump(e.key.toLowerCase());
      if (/^[\d+-]$/.test(e.key)) return this.overwrite(e.key, box);
      return null;
    }

    onField(e, box) {
      if (e.key === 'Escape') return () => this.go(box);
      if (e.key === 'Enter' && !e.ctrlKey) return () => this.move(box, 1, false);
      if (e.ctrlKey || e.metaKey || !e.target.matches('.roster__points')) return null;
      if (e.key === 'ArrowDown') return () => this.move(box, 1, false);
      if (e.key === 'ArrowUp') return () => this.move(box, -1, false);
      if (/^[a-z]$/i.test(e.key)) return () => this.jump(e.key.toLowerCase(), box);
      return null;
    }

    /* With Shift the next household takes over the tick of this one. */
    move(box, way, extend) {
      const {shown} = this;
      const next = shown[shown.indexOf(box) + way];
      if (!next) return;
      if (extend) {
        box.checked = next.checked = true;
        this.count();
      }
      this.go(next);
    }

    /* Letters typed within a second belong together. */
    jump(letter, at = document.activeElement) {
      const now = Date.now();
      this.typed = now - this.typedAt < 1000 ? this.typed + letter : letter;
      this.typedAt = now;
      const {shown} = this;
      const from = shown.indexOf(at) + (this.typed.length > 1 ? 0 : 1);
      const turn = [...shown.slice(from), ...shown.slice(0, from)];
      this.go(turn.find(box => box.closest('[data-row]').dataset.letters.startsWith(this.typed)));
    }

    overwrite(digit, box) {
      const field = $('input.roster__points', box.closest('[data-row]'));
      if (!field) return null;
      return () => {
        box.checked = true;
        field.value = digit;
        field.focus();
        field.setSelectionRange(1, 1);
        this.count();
      };
    }
  }

  const page = $('[data-roster]');
  if (page) {
    const place = $('[data-context]', page);
    const context = place && new Context(page, place);
    const form = $('[data-group]', page);
    if (form) window.roster = new Roster(form);
    else if (context?.empty) context.empty.focus();
  }
})();
