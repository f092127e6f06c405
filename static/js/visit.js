/* 一户多事: one household after another, a row for each rule. Rows, keys, queue and memory are those of the grid. */
(() => {
  'use strict';
  const {Households, Options, signed, isoDay} = window.Lookup;
  const {Grid, GridRow, EntryPage} = window;
  const $ = (selector, root = document) => root.querySelector(selector);

  /* The rules of the day, by code, initials or words, with what their caps still allow this household. */
  class Rules extends Options {
    constructor(rules) {
      super({options: []});
      this.items = rules.map(rule => ({...rule, name: `${rule.code} ${rule.item}`, key: rule.code.toLowerCase()}));
      this.byId = new Map(this.items.map(item => [item.id, item]));
    }

    rank(item, query) { return super.rank({...item, name: item.item}, query); }

    draw(hit) {
      const {item} = hit;
      const facts = [item.range, item.dimension, item.joy, item.left].filter(Boolean).join('　');
      return super.draw({item: {code: item.code, name: item.item, note: facts}});
    }
  }

  class VisitRow extends GridRow {
    get words() { return {who: '事项'}; }
    get rule() { return this.household || {usual: '', sign: 1, least: 1, most: 99999}; }

    get problem() {
      if (!isoDay(this.day, this.grid.today)) return '日期写成 2026-11-30 这样';
      return super.problem;
    }

    show(rule) {
      const other = rule && rule !== this.household;
      this.household = rule;
      if (rule) this.who.value = rule.name;
      if (other) this.points.value = signed(rule.usual);
      if (other) this.person = '';
      this.offer(rule);
      this.points.readOnly = Boolean(rule) && rule.least === rule.most;
      this.tr.querySelector('[data-fill=dimension]').textContent = rule ? rule.dimension : '';
    }

    people(rule) {
      if (!rule?.person) return [];
      return [['', `${this.grid.head}（户主）`], ...this.grid.members.map(([id, name]) => [String(id), name])];
    }

    commit() {
      this.date.value = isoDay(this.day, this.grid.today) || this.day;
      return super.commit();
    }

    place() {
      const {village, date, household} = this.grid.context;
      return {village, rule: this.household.id, date: this.day, visit: date, household, member: this.person};
    }
  }

  class VisitGrid extends Grid {
    makeRow(tr, number) {
      const row = new VisitRow(this, tr, number);
      row.date.value = this.context.date;
      return row;
    }

    /* The same rule on another day is another row, and so it is for another member. */
    picked(e) {
      const row = e.target.closest('tr').row;
      const {item, via} = e.detail;
      const same = this.twin(row, item, '');
      if (same) return item.person && row.member ? this.another(e, row, item, same) : this.repeated(e, row, same);
      row.show(item);
      if (!row.live || via !== 'tab') row.commit();
      if (via !== 'tab') this.focus(this.next(row), 'who');
    }

    twin(row, rule, person) {
      return this.finished.find(other => other !== row && other.household?.id === rule.id && other.day === row.day && other.person === person);
    }

    unknown(row) {
      this.focus(row, 'who');
      this.say('事项还没选定，输入编码或首字母后按回车');
    }

    copyDown(row, field) {
      if (field === row.who) return this.say('这一格不能照抄上一行');
      super.copyDown(row, field);
    }
  }

  class Visit extends EntryPage {
    get ready() { return this.config.open; }
    /* Rows of other households may stand in the batch. */
    get empty() { return !this.grid.finished.length && !this.grid.number; }
    get unit() { return '项'; }
    get nothing() { return '还没有录入事项'; }
    get who() { return $('[data-household]', this.page); }
    placeOf({village, household, date}) { return [village, 'visit', household, date].join(' '); }
    addressOf() { return location.href; }

    makeGrid(number) {
      const {urls, batch, village, date, household, today, rules, head, members} = this.config;
      this.sources.rule = new Rules(rules);
      const grid = new VisitGrid($('[data-grid]', this.page), {urls, batch, number, context: {village, date, household}});
      this.config.rows.forEach(row => { row.household = this.sources.rule.byId.get(row.rule); });
      return Object.assign(grid, {today, head, members});
    }

    start() {
      super.start();
      document.addEventListener('keydown', e => this.turned(e));
    }

    waitForContext() {
      const empty = this.fields.find(field => !field.options.value);
      (empty || $('[aria-invalid]', this.context) || this.who || this.date).focus();
      if (this.config.village) this.loadIndex();
    }

    useIndex(data) {
      this.sources.household = data;
      this.lookup.ready();
      if (!data.items.length) $('[data-no-roster]', this.page).hidden = false;
    }

    /* The household of the page: picking another one leads to its page, once everything is saved. */
    chosen(e) {
      if (e.target !== this.who) return super.chosen(e);
      this.visit(e.detail.item.id, e.detail.item.code);
    }

    /* `village`: the code of another village, where the household was found in the whole township. */
    async visit(id, village = this.config.village) {
      if (this.grid && !await this.put()) return;
      const here = new URLSearchParams({v: village, h: id, date: this.date.value});
      location.assign(`${location.pathname}?${here}`);
    }

    /* True when the page may be left: nothing half typed, nothing wrong, everything on the server. */
    async put() {
      const {grid} = this;
      if (grid.live.who.value && !grid.live.household) { grid.unknown(grid.live); return false; }
      grid.live.commit();
      if (grid.wrong.length) { this.blocked(); return false; }
      if (await grid.queue.empty()) return true;
      this.say({text: `${grid.queue.size} 行还没保存，正在重试`});
      return false;
    }

    turned(e) {
      if (!e.altKey || !['PageDown', 'PageUp'].includes(e.key)) return;
      e.preventDefault();
      const {before, after} = this.config;
      const id = e.key === 'PageDown' ? after : before;
      if (id) this.visit(id); else this.say({text: e.key === 'PageDown' ? '这是最后一户' : '这是第一户'});
    }

    async go() {
      if (this.grid) await this.grid.queue.empty();
      const asked = new URLSearchParams(new FormData(this.context));
      location.assign(`${location.pathname}?${asked}`);
    }

    leftContext(field) {
      if (field === this.who) field.value = field.dataset.lookupAll;
      else super.leftContext(field);
    }

    async widen(e) {
      if (e.target === this.who) return super.widen(e);
      this.say({text: `当天的细则里没有“${e.detail.query}”`});
    }
  }

  const page = $('[data-visit]');
  if (page) window.entry = new Visit(page, JSON.parse($('#entry-config').textContent));
})();
