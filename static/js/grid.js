/* The grid of quick entry: rows, cells and keys. Nothing here moves focus except in answer to a key or a click. */
(() => {
  'use strict';
  const {ime, signed, normalise} = window.Lookup;
  const CELLS = ['who', 'member', 'date', 'points', 'note'];
  const BLANK = 7;

  class Grid {
    constructor(root, {rule, context, urls, batch, number}) {
      Object.assign(this, {root, rule, context, urls, batch, number, rows: [], done: [], live: null});
      this.box = root.querySelector('.c-grid__box');
      this.body = root.querySelector('tbody');
      this.template = root.querySelector('#row');
      this.marks = root.querySelector('#status').content;
      this.queue = new window.SaveQueue(() => this.changed());
      this.usual = rule?.usual;
      root.addEventListener('lookup:pick', e => { if (e.target.closest('tr')) this.picked(e); });
      root.addEventListener('keydown', e => this.pressed(e));
      root.addEventListener('input', e => this.typing(e.target.closest('tr')?.row, e.target));
      root.addEventListener('focusin', e => { if (e.target.matches('input[data-cell]')) e.target.select(); });
      root.addEventListener('focusout', e => this.left(e));
    }

    /* --- rows ------------------------------------------------------------ */
    get finished() { return this.rows.filter(row => !row.live && !row.removed); }
    get wrong() { return this.finished.filter(row => row.state === 'error'); }
    get unsaved() { return this.finished.filter(row => row.state === 'waiting' || row.state === 'error'); }

    add(number = (this.rows[this.rows.length - 1]?.number || 0) + 1) {
      const tr = this.template.content.firstElementChild.cloneNode(true);
      const row = this.makeRow(tr, number);
      this.rows.push(row);
      this.body.append(tr);
      row.keep();
      return row;
    }

    makeRow(tr, number) {
      const row = new window.GridRow(this, tr, number);
      if (row.points) row.points.value = signed(this.usual);
      return row;
    }

    grow() {
      if (this.live) this.done.push({row: this.live, undo: 'add'});
      this.live = this.add();
      this.body.querySelector('.is-live')?.classList.remove('is-live');
      this.live.tr.classList.add('is-live');
    }

    /* Keeps blank space of some rows under the live one, so that candidates open below the finished rows. */
    roll() {
      const {tr} = this.live;
      const wanted = tr.offsetTop + tr.offsetHeight * (BLANK + 1) - this.box.clientHeight;
      if (wanted > this.box.scrollTop) this.box.scrollTop = Math.ceil(wanted / tr.offsetHeight) * tr.offsetHeight;
    }

    picked(e) {
      const row = e.target.closest('tr').row;
      const {item, via, through} = e.detail;
      if (item.village) return this.foreign(e, row, item);
      const person = row.member && through ? String(item.ids[item.family.indexOf(through)]) : '';
      const same = this.twin(row, item, person);
      if (same) return row.member ? this.another(e, row, item, same) : this.repeated(e, row, same);
      row.show(item);
      row.choose(person);
      if (!row.live || via !== 'tab') row.commit();
      if (via !== 'tab') this.focus(this.next(row), 'who');
    }

    /* The finished row that already stands for a household, or for one of its members where persons count. */
    twin(row, household, person) {
      return this.finished.find(other => other !== row && other.household?.id === household.id && other.person === person);
    }

    /* The head stands there already: somebody else of the household is asked for, nobody is entered unseen. */
    another(e, row, item, same) {
      const next = row.people(item).find(([id]) => !this.twin(row, item, id));
      if (!next) return this.repeated(e, row, same);
      e.preventDefault();
      row.show(item);
      row.choose(next[0]);
      row.member.focus();
      this.say(`${this.head || item.name}户已在第 ${same.number} 行，这一行选哪位成员，按数字或 ↑ ↓，回车确定`);
    }

    repeated(e, row, same) {
      e.preventDefault();
      this.restore(row, row.who);
      this.repeatedRow(same);
    }

    repeatedRow(same) {
      this.flash(same);
      this.say(`${same.household.name} 已在第 ${same.number} 行`);
    }

    foreign(e, row, item) {
      e.preventDefault();
      row.who.select();
      this.say(`${item.name}是${item.village}的农户，换到${item.village}再录`);
    }

    flash(row) {
      row.tr.classList.remove('is-flash');
      row.tr.scrollIntoView({block: 'nearest'});
      void row.tr.offsetWidth;
      row.tr.classList.add('is-flash');
    }

    remove(row) {
      Object.assign(row, {removed: true, stamp: row.stamp + 1});
      row.tr.hidden = true;
      if (row.sent) this.queue.push(row);
      this.say(`已移除第 ${row.number} 行 ${row.household.name}`, {undo: row});
      this.changed();
    }

    /* Taken out by somebody else. */
    forget(row) {
      row.removed = true;
      row.tr.hidden = true;
      this.changed();
    }

    bringBack(row) {
      const same = this.twin(row, row.household, row.person);
      if (!row.removed || same) return same && this.repeatedRow(same);
      Object.assign(row, {removed: false, restoring: row.sent, stamp: row.stamp + 1});
      row.tr.hidden = false;
      const {problem} = row;
      if (problem) row.mark('error', problem); else row.send();
      this.say('已撤销');
      this.changed();
    }

    undo() {
      const last = this.done.pop();
      if (!last) return this.say('没有可以撤销的行');
      if (last.row.removed === (last.undo === 'add')) return this.undo();
      if (last.undo === 'add') this.remove(last.row); else this.bringBack(last.row);
    }

    /* --- values ---------------------------------------------------------- */
    /* Whole points with the rule's own sign; NaN for anything else. */
    parse(text, rule = this.rule) {
      const plain = text.normalize('NFKC').replace(/[−—–]/g, '-').trim();
      if (!/^[+-]?\d{1,5}$/.test(plain)) return NaN;
      return rule.sign < 0 ? -Math.abs(Number(plain)) : Number(plain);
    }

    problem(value, rule = this.rule) {
      const {sign, least, most} = rule;
      if (Number.isNaN(value)) return '分值只填数字，如 5 或 -2';
      const size = value * sign;
      const range = least === most ? `${signed(most * sign)} 分` : `${signed(least * sign)} 到 ${signed(most * sign)} 分`;
      return size < least || size > most || !value ? `每次 ${range}，这里是 ${signed(value)} 分` : '';
    }

    /* --- keys ------------------------------------------------------------ */
    pressed(e) {
      const row = e.target.closest('tr')?.row;
      if (ime(e) || e.defaultPrevented || !row || !e.target.dataset.cell) return;
      const act = e.ctrlKey || e.metaKey ? this.withControl(e, row) : this.plain(e, row);
      if (act) { e.preventDefault(); act(); }
    }

    plain(e, row) {
      const field = e.target;
      if (e.altKey || (field === row.member && this.choosing(e, row))) return null;
      switch (e.key) {
        case 'Enter': return () => this.enter(row, field);
        case 'ArrowDown': return () => this.step(row, field, 1);
        case 'ArrowUp': return () => this.step(row, field, -1);
        case 'ArrowRight': return this.atEdge(field, false) && this.sideways(row, field, 1);
        case 'ArrowLeft': return this.atEdge(field, true) && this.sideways(row, field, -1);
        case 'Escape': return () => this.restore(row, field);
        case 'F2': return () => field.setSelectionRange(field.value.length, field.value.length);
      }
      return null;
    }

    /* ↑ ↓ go through the members as in any list; a digit picks one. */
    choosing(e, row) {
      const option = row.member.options[Number(e.key) - 1];
      if (/^[1-9]$/.test(e.key) && option) row.choose(option.value);
      return /^[1-9]$|^Arrow(Up|Down)$/.test(e.key);
    }

    withControl(e, row) {
      const field = e.target;
      switch (e.key) {
        case 'd': case 'D': return () => e.shiftKey ? this.fillDown(row, field) : this.copyDown(row, field);
        case 'z': case 'Z': return this.untouched(row, field) ? () => this.undo() : null;
        case 'Delete': return () => this.drop(row);
        case 'ArrowDown': return () => this.toWrong(row, 1);
        case 'ArrowUp': return () => this.toWrong(row, -1);
        case 'Home': return () => this.focus(this.finished[0] || this.live, field.dataset.cell);
        case 'End': return () => this.focus(this.live, 'who');
      }
      return null;
    }

    enter(row, field) {
      if (!row.household && row.who.value.trim()) return this.unknown(row);
      if (row.live && !row.household) return this.focus(row, 'who');
      row.commit();
      this.focus(this.next(row), 'who');
    }

    unknown(row) {
      this.focus(row, 'who');
      this.say('户主还没选定，输入首字母后按数字或回车');
    }

    next(row) {
      const shown = this.rows.filter(other => !other.removed);
      return shown[shown.indexOf(row) + 1] || this.live;
    }

    step(row, field, way) {
      const shown = this.rows.filter(other => !other.removed);
      this.focus(shown[shown.indexOf(row) + way], field.dataset.cell);
    }

    sideways(row, field, way) {
      const cells = CELLS.filter(cell => row[cell] && !row[cell].hidden);
      const target = row[cells[cells.indexOf(field.dataset.cell) + way]];
      return target ? () => target.focus() : null;
    }

    atEdge(field, start) {
      if (field.tagName === 'SELECT') return true;
      const {selectionStart: from, selectionEnd: to, value} = field;
      return (from === 0 && to === value.length) || (from === to && from === (start ? 0 : value.length));
    }

    focus(row, cell) {
      if (!row) return;
      const field = row[cell] || row.who;
      if (row.live) this.roll();
      if (field === document.activeElement) field.select?.(); else field.focus({preventScroll: row.live});
    }

    old(row, field) {
      const {kept} = row;
      return {who: kept.household ? kept.household.name : '', member: kept.person, date: kept.date, points: kept.points, note: kept.note}[field.dataset.cell];
    }

    untouched(row, field) { return field.value === this.old(row, field); }

    restore(row, field) {
      field.value = this.old(row, field);
      if (field === row.who) row.show(row.kept.household);
      if (field === row.member) row.choose(row.kept.person);
      field.select?.();
      this.typing(row);
    }

    copyDown(row, field) {
      const above = this.rows.filter(other => !other.removed && other.number < row.number).pop();
      if (field === row.who || field === row.member || !above) return this.say('这一格不能照抄上一行');
      field.value = above[field.dataset.cell].value;
      field.select();
    }

    fillDown(row, field) {
      if (field === row.who || field === row.member) return this.say('户主和成员不能向下填充');
      const below = this.finished.filter(other => other.number > row.number);
      below.forEach(other => { other[field.dataset.cell].value = field.value; other.commit(); });
      this.say(`以下 ${below.length} 行已改成“${field.value}”`);
    }

    drop(row) {
      if (row.live) { row.show(null); row.who.value = ''; return this.typing(row); }
      const next = this.next(row);
      this.done.push({row, undo: 'remove'});
      this.remove(row);
      this.focus(next, 'who');
    }

    toWrong(row, way) {
      const wrong = this.wrong;
      if (!wrong.length) return this.say('没有要改的行');
      const number = row ? row.number : 0;
      const ahead = way > 0 ? wrong.find(other => other.number > number) : [...wrong].reverse().find(other => other.number < number);
      this.focus(ahead || wrong[way > 0 ? 0 : wrong.length - 1], 'points');
    }

    /* --- what the eye sees ------------------------------------------------ */
    typing(row, field) {
      if (!row) return;
      if (field === row.who && row.household && normalise(field.value) !== row.household.name) row.show(null);
      if (row.live) row.mark(row.who.value ? 'typing' : '');
    }

    /* Leaving a row finishes it; leaving a name half typed in a finished row puts the old name back. */
    left(e) {
      const row = e.target.closest('tr')?.row;
      if (!row || row.removed) return;
      if (e.target === row.who && !row.household && !row.live) row.show(row.kept.household);
      if (!row.tr.contains(e.relatedTarget)) row.commit();
    }

    paintStatus(row) {
      const mark = this.marks.querySelector(`[data-state="${row.state}"]`);
      const shown = mark ? mark.cloneNode(true) : document.createElement('span');
      if (row.message) shown.querySelector('[data-text]').textContent = row.message;
      row.status.replaceChildren(...(mark ? [shown] : []));
      ['who', 'points'].forEach(cell => row[cell]?.toggleAttribute('aria-invalid', false));
      if (row.state === 'error') (row.points || row.who).setAttribute('aria-invalid', 'true');
      row.status.title = row.message;
      this.proofs?.paint(row);
    }

    stored(saved) {
      this.number = saved.batch;
      this.tell('grid:stored', saved);
    }

    say(text, options = {}) { this.tell('grid:say', {text, ...options}); }
    changed() { this.tell('grid:changed'); }
    tell(name, detail = {}) { this.root.dispatchEvent(new CustomEvent(name, {bubbles: true, detail})); }
  }

  window.Grid = Grid;
})();
