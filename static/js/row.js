/* One row of the grid: what stands in it, what the server has of it, and what is to be sent next. */
(() => {
  'use strict';
  const {signed} = window.Lookup;
  const CELLS = {who: '户主', member: '成员', date: '日期', points: '分值', note: '备注'};

  class Row {
    constructor(grid, tr, number) {
      Object.assign(this, {grid, tr, number, household: null, version: '', state: '', message: '', stamp: 0, sent: false, removed: false, proofs: 0, person: ''});
      Object.keys(CELLS).forEach(cell => { this[cell] = tr.querySelector(`[data-cell=${cell}]`); });
      this.status = tr.querySelector('.c-grid__status');
      this.key = window.SaveQueue.uuid();
      tr.row = this;
      tr.querySelector('th').textContent = number;
      tr.id = `row-${number}`;
      Object.entries(CELLS).forEach(([cell, word]) => this[cell]?.setAttribute('aria-label', `第${number}行 ${this.words[cell] || word}`));
      this.kept = {household: null, person: '', date: '', points: '', note: ''};
      this.member?.addEventListener('change', () => { this.person = this.member.value; if (!this.live) this.commit(); });
    }

    /* What a cell is called where it is not what it is called in 一事多户. */
    get words() { return {}; }
    get rule() { return this.grid.rule; }
    get live() { return this === this.grid.live; }
    get typed() { return this.points ? this.points.value : String(this.rule.usual); }
    get value() { return this.grid.parse(this.typed, this.rule); }
    get problem() { return this.grid.problem(this.value, this.rule); }
    get day() { return this.date ? this.date.value : ''; }
    get edited() {
      const {household, person, date, points, note} = this.kept;
      return this.household !== household || this.person !== person || this.day !== date || this.typed !== points || this.note.value !== note;
    }

    /* A row that is already on the server or comes back from this tab's memory. */
    load(data) {
      Object.assign(this, {key: data.key, version: data.version || '', household: data.household, sent: Boolean(data.version || data.sent), proofs: data.proofs || 0});
      this.show(data.household);
      this.choose(data.member);
      if (this.points) this.points.value = signed(data.points) === 'NaN' ? data.typed : signed(data.points);
      if (this.date && data.date) this.date.value = data.date;
      this.note.value = data.note || '';
      this.keep();
      this.mark(data.state || 'saved', data.message || '');
      return this;
    }

    keep() { this.kept = {household: this.household, person: this.person, date: this.day, points: this.typed, note: this.note.value}; }

    show(household) {
      if (household?.id !== this.household?.id) this.person = '';
      this.household = household;
      this.offer(household);
      if (household) this.who.value = household.name;
      const month = household ? household.month : '';
      const texts = {group: household?.group || '', number: household?.number || '', month: household && month !== undefined ? signed(month) : ''};
      Object.entries(texts).forEach(([name, text]) => { this.tr.querySelector(`[data-fill=${name}]`).textContent = text; });
    }

    /* Where persons count: the head, who is nobody in particular, and the other members. */
    offer(household) {
      if (!this.member) return;
      const people = this.people(household);
      const options = people.map(([id, name]) => new Option(name, id));
      this.member.hidden = people.length < 2;
      this.member.replaceChildren(...options);
      this.member.value = this.person;
    }

    people(household) {
      if (!household) return [];
      return [['', `${household.name}（户主）`], ...(household.ids || []).map((id, i) => [String(id), household.family[i]])];
    }

    choose(person) {
      this.person = String(person || '');
      if (this.member) this.member.value = this.person;
    }

    mark(state, message = '') {
      Object.assign(this, {state, message});
      this.tr.dataset.state = state;
      this.grid.paintStatus(this);
    }

    /* Puts the row on its way to the server; true when there was something to put. */
    commit() {
      if (!this.household || (!this.live && !this.edited && this.state !== 'error')) return false;
      const value = this.value;
      if (this.points && !Number.isNaN(value)) this.points.value = signed(value);
      this.keep();
      this.stamp += 1;
      const {problem} = this;
      if (this.live) this.grid.grow();
      if (problem) this.mark('error', problem);
      else this.send();
      this.grid.changed();
      return true;
    }

    send() {
      this.mark('waiting');
      this.grid.queue.push(this);
    }

    /* What the queue is to post for the row as it stands now; null when the server need not hear of it. */
    request() {
      const {urls, batch} = this.grid;
      const common = {batch, number: this.grid.number, key: this.key};
      this.removing = this.removed;
      if (this.removed) return this.sent ? {url: urls.remove, values: common} : null;
      if (this.restoring) return {url: urls.restore, values: common};
      if (this.state === 'error') return null;
      this.sent = true;
      return {url: urls.row, values: {...common, ...this.place(), points: this.value, note: this.note.value, version: this.version}};
    }

    /* Where the row belongs: village, rule, day and household. */
    place() {
      const {village, rule, date} = this.grid.context;
      return {village, rule, date, household: this.household.id, member: this.person};
    }

    async settled(status, response, stamp) {
      if (this.removing) return status < 400 || this.keepAfterAll(await response.text());
      if (this.restoring) return this.restored(status, response);
      if (status === 409) return this.dispute(await response.json());
      if (status === 422) return this.refuse(await response.text(), stamp);
      if (status === 403) return this.refuse('没有在这个村录入的权限，可以找本单位管理员', stamp);
      if (status !== 200) return this.refuse('没有找到这一户，看看是不是已迁出', stamp);
      const saved = await response.json();
      this.version = saved.version;
      this.grid.stored(saved);
      if (this.stamp === stamp) this.mark(saved.warnings.length ? 'warn' : 'saved', saved.warnings.join('，'));
    }

    /* Back on the server, or never there: either way what stands in the row is saved next. */
    async restored(status, response) {
      this.restoring = false;
      if (status === 422) return this.refuse(await response.text(), this.stamp);
      if (status === 200) this.version = (await response.json()).version;
      this.stamp += 1;
    }

    refuse(message, stamp) {
      if (this.stamp === stamp) this.mark('error', message);
      this.grid.say(`第${this.number}行 ${message}`, {quiet: true});
    }

    /* The removal was refused: the row is still there for everyone else, so it is shown again. */
    keepAfterAll(message) {
      Object.assign(this, {removed: false});
      this.tr.hidden = false;
      this.mark('error', message);
    }

    dispute(answer) {
      this.other = answer;
      this.mark('error', answer.message);
      this.grid.tell('grid:conflict', {row: this});
    }
  }

  window.GridRow = Row;
})();
