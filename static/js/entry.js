/* The page around the grid: what is being entered, what is saved, what this tab remembers, and the way to submit. */
(() => {
  'use strict';
  const {Field, Households, Options, upgrade, ime, signed, isoDay} = window.Lookup;
  const {portal} = window;
  const $ = (selector, root = document) => root.querySelector(selector);

  /* Rows that are not on the server yet, per person and batch. Other people's are thrown away at sight. */
  class Memory {
    constructor(user) {
      this.name = `entry:${user}`;
      Object.keys(sessionStorage).filter(key => key.startsWith('entry:') && key !== this.name).forEach(key => sessionStorage.removeItem(key));
    }

    all() { return JSON.parse(sessionStorage.getItem(this.name) || '{}'); }

    write(batch, kept) {
      const all = this.all();
      if (kept.rows.length) all[batch] = kept; else delete all[batch];
      if (Object.keys(all).length) sessionStorage.setItem(this.name, JSON.stringify(all)); else sessionStorage.removeItem(this.name);
    }

    /* What was left over from this batch, or from a nameless one with the same village, rule and day. */
    find(batch, place) {
      const all = this.all();
      const found = batch in all ? batch : Object.keys(all).find(key => !all[key].number && all[key].place === place);
      return found ? {batch: found, ...all[found]} : null;
    }
  }

  /* Whom the village does not have is looked for in the whole township, see `widen`. */
  class Register extends Households {
    none(query) { return `没有找到“${query}”。按回车到全镇查找，或检查户主姓名`; }
  }

  class Entry {
    constructor(page, config) {
      Object.assign(this, {page, config, memory: new Memory(config.user), saidAt: 0});
      this.place = this.placeOf(config);
      this.context = $('[data-context]', page);
      this.sources = {};
      this.fields = [...this.context.querySelectorAll('[data-choice]')].map(select => this.upgrade(select));
      this.lookup = new Field(page, $('#candidates-box'), this.sources);
      page.addEventListener('lookup:pick', e => this.chosen(e));
      page.addEventListener('lookup:none', e => this.widen(e));
      this.listenToContext();
      if (this.ready) this.start(); else this.waitForContext();
      page.addEventListener('portal:save', e => this.saveNow(e));
    }

    get ready() { return this.config.rule && this.config.open; }
    get empty() { return !this.grid.finished.length; }
    get unit() { return '户'; }
    get nothing() { return '还没有录入农户'; }
    placeOf({village, rule, date}) { return [village, rule && rule.id, date].join(' '); }

    upgrade(select) {
      this.sources[select.dataset.choice] = new Options(select);
      return Object.assign(upgrade(select), {options: select});
    }

    /* --- the grid ---------------------------------------------------------- */
    start() {
      const {config} = this;
      const left = this.memory.find(config.batch, this.place);
      if (left) config.batch = left.batch;
      this.grid = this.makeGrid(config.number || left?.number || '');
      this.grid.proofs = new window.Proofs(this);
      config.rows.forEach(row => this.grid.add(row.line).load({...row, state: 'saved'}));
      if (left) left.rows.forEach(row => this.recall(row));
      this.grid.grow();
      this.listenToGrid();
      this.totals();
      this.loadIndex();
      this.grid.focus(this.grid.live, 'who');
    }

    makeGrid(number) {
      const {rule, urls, batch, village, date} = this.config;
      return new window.Grid($('[data-grid]', this.page), {rule, urls, batch, number, context: {village, rule: rule.id, date}});
    }

    recall(data) {
      const row = this.grid.rows.find(other => other.key === data.key) || this.grid.add();
      row.load(data);
      if (data.state === 'waiting') row.send();
    }

    async loadIndex(tries = 0) {
      try {
        const response = await fetch(this.config.urls.index, {headers: {'X-Requested-With': 'fetch'}});
        if (!response.ok) throw new Error(response.status);
        this.useIndex(new Register(await response.json()));
      } catch {
        setTimeout(() => this.loadIndex(tries + 1), [2, 5, 10, 20][Math.min(tries, 3)] * 1000);
      }
    }

    useIndex(households) {
      households.rowOf = id => this.grid.finished.find(row => row.household.id === id)?.number;
      this.sources.household = households;
      this.grid.rows.forEach(row => { if (row.household && households.byId.has(row.household.id)) this.fresh(row, households); });
      this.lookup.ready();
      if (!households.items.length) $('[data-no-roster]', this.page).hidden = false;
    }

    fresh(row, households) {
      const known = households.byId.get(row.household.id);
      if (row.kept.household === row.household) row.kept.household = known;
      row.show(known);
    }

    listenToGrid() {
      const {page, grid} = this;
      page.addEventListener('grid:changed', () => this.changed());
      addEventListener('pagehide', () => this.settle());
      page.addEventListener('grid:say', e => this.say(e.detail));
      page.addEventListener('grid:stored', e => this.stored(e.detail));
      page.addEventListener('grid:conflict', e => this.conflict(e.detail.row));
      grid.root.addEventListener('paste', e => this.pasted(e));
      $('[data-next-wrong]', page).addEventListener('click', () => grid.toWrong(null, 1));
      $('[data-undo]', page).addEventListener('click', () => { grid.undo(); grid.focus(grid.live, 'who'); });
      $('[data-check]', page).addEventListener('click', () => this.check());
      document.addEventListener('submit', e => { if (e.target.matches('[data-sign-out]')) this.leaving = true; }, {capture: true});
      addEventListener('beforeunload', e => { if (grid.unsaved.length && !this.leaving) { e.preventDefault(); e.returnValue = ''; } });
    }

    /* Sums and memory follow the picture, once for all that has changed by then, and before the page goes. */
    changed() {
      if (!this.unsettled) portal.afterPicture(() => this.settle());
      this.unsettled = true;
    }

    settle() {
      if (!this.unsettled) return;
      this.unsettled = false;
      this.totals();
      this.remember();
    }

    remember() {
      const {grid, config} = this;
      const rows = grid.unsaved.map(row => ({key: row.key, version: row.version, sent: row.sent, household: row.household, points: row.value,
        typed: row.typed, date: row.date?.value, note: row.note.value, proofs: row.proofs, member: row.person, state: row.state, message: row.message}));
      this.memory.write(config.batch, {number: grid.number, place: this.place, rows});
    }

    stored({batch, time}) {
      $('[data-draft]', this.page).hidden = false;
      $('[data-draft-text]', this.page).textContent = `草稿 ${batch}，${time} 已保存`;
      const here = new URL(location.href);
      if (here.searchParams.get('batch') !== batch) history.replaceState(history.state, '', this.addressOf(batch));
    }

    addressOf(batch) { return `${location.pathname}?batch=${batch}`; }

    totals() {
      const {grid} = this;
      const {finished, wrong} = grid;
      const good = finished.filter(row => row.state !== 'error');
      const waiting = finished.filter(row => row.state === 'waiting').length;
      const set = (name, text) => this.page.querySelectorAll(`[data-total=${name}]`).forEach(slot => { slot.textContent = text; });
      set('count', finished.length);
      set('sum', signed(good.reduce((sum, row) => sum + row.value, 0)));
      set('left-out', wrong.length ? `，不含要改的 ${wrong.length} ${this.unit}` : '');
      set('saved', good.length - waiting);
      set('wrong', wrong.length);
      $('[data-wrong]', this.page).hidden = !wrong.length;
      this.stalled(grid.queue.stalled ? grid.queue.size : 0);
      this.settled(waiting ? 0 : good.length);
    }

    /* Told once everything typed so far is on the server. */
    settled(count) {
      if (count && this.told !== undefined && count !== this.told) portal.say(`已保存 ${count} 行`);
      if (count || this.told === undefined) this.told = count;
    }

    stalled(count) {
      const text = count ? `${count} 行还没保存，正在重试` : '';
      const slot = $('[data-stalled]', this.page);
      if (slot.dataset.text === text) return;
      if (text && !slot.dataset.text && !navigator.onLine) this.say({text: '网络断开，可以继续录入，连上后自动保存'});
      slot.dataset.text = text;
      slot.hidden = !text;
      $('[data-total=waiting]', this.page).textContent = text;
    }

    /* One sentence in the footer and to screen readers; `undo` adds a button for ten seconds. */
    say({text, undo, quiet}) {
      portal.say(text);
      if (quiet) return;
      const slot = $('[data-message]', this.page);
      slot.textContent = text;
      clearTimeout(this.saying);
      this.saying = setTimeout(() => slot.replaceChildren(), undo ? 10000 : 6000);
      if (undo) slot.append(this.undoButton(undo));
    }

    undoButton(row) {
      const button = Object.assign(document.createElement('button'), {type: 'button', className: 'c-btn c-btn--text', textContent: '撤销'});
      button.addEventListener('click', () => { this.grid.bringBack(row); this.grid.focus(this.grid.live, 'who'); });
      return button;
    }

    /* Rows of a spreadsheet or a sign-up list are settled on the page for lists and join the same draft. */
    async pasted(e) {
      const {grid, config} = this;
      const text = e.clipboardData.getData('text/plain').trimEnd();
      if (!config.urls.paste || !/[\t\n]/.test(text)) return;
      e.preventDefault();
      if (!await grid.queue.empty()) return this.say({text: '还有行没保存，连上网络以后再粘贴名单'});
      const {village: v, rule, date} = config;
      const values = {v, rule: rule.code, date, text, number: grid.number, usual: signed(grid.usual), step: 'read', csrfmiddlewaretoken: portal.token()};
      const form = portal.el('form', {method: 'post', action: config.urls.paste, hidden: ''});
      form.append(...Object.entries(values).map(([name, value]) => portal.el('textarea', {name}, value)));
      document.body.append(form);
      form.submit();
    }

    /* Nobody in this village by that name: ask the whole township. */
    async widen({target, detail}) {
      if (this.fields.includes(target)) return;
      const response = await fetch(`${this.config.urls.find}?q=${encodeURIComponent(detail.query)}`, {headers: {'X-Requested-With': 'fetch'}}).catch(() => null);
      if (!response || !response.ok || target.value !== detail.query || document.activeElement !== target) return;
      const rows = (await response.json()).rows;
      const none = `全镇都没有找到“${detail.query}”，检查户主姓名`;
      if (!rows.length) { this.lookup.paint(none); return this.say({text: none}); }
      this.lookup.open(target, rows.map(item => ({item: {...item, chars: [...item.name]}, from: 0, to: 0})));
    }

    /* --- village, rule, day, usual points ------------------------------------ */
    listenToContext() {
      const {context} = this;
      this.date = $('[name=date]', context);
      context.addEventListener('submit', e => { e.preventDefault(); this.go(); });
      context.addEventListener('focusout', e => this.leftContext(e.target));
      context.addEventListener('keydown', e => {
        if (ime(e) || e.defaultPrevented || e.key !== 'Enter') return;
        e.preventDefault();
        if (e.target === this.date) this.dated(); else this.afterEnter(e.target);
      });
      $('[data-unfold]', context)?.addEventListener('click', () => { context.classList.remove('is-folded'); this.fields[0].focus(); });
      $('[data-usual]', context)?.addEventListener('change', e => this.usual(e.target));
    }

    leftContext(field) {
      if (field === this.date) this.dated();
      if (field.options && field.dataset.lookup) field.value = field.dataset.lookupAll;
    }

    afterEnter(field) {
      if (field.matches('[data-usual]')) this.usual(field);
      if (this.grid) this.grid.focus(this.grid.live, 'who');
    }

    chosen(e) {
      const field = e.target;
      if (!this.fields.includes(field)) return;
      const changed = field.options.value !== e.detail.item.id;
      field.options.value = e.detail.item.id;
      field.value = field.dataset.lookupAll = [e.detail.item.code, e.detail.item.name].filter(Boolean).join('　');
      if (changed) this.go(); else if (this.grid) this.grid.focus(this.grid.live, 'who'); else this.waitForContext();
    }

    dated() {
      const iso = isoDay(this.date.value, this.config.today);
      this.complain(this.date, iso ? '' : '日期写成 2026-11-30 这样');
      if (!iso) return;
      this.date.value = iso;
      if (iso !== this.config.date) this.go();
    }

    usual(field) {
      const {grid} = this;
      const value = grid.parse(field.value);
      const problem = grid.problem(value);
      this.complain(field, problem);
      if (problem) return;
      const untouched = grid.live.points && grid.live.points.value === grid.live.kept.points;
      grid.usual = value;
      field.value = signed(value);
      if (untouched) grid.live.points.value = grid.live.kept.points = signed(value);
    }

    complain(field, text) {
      const slot = $('[data-context-error]', this.context);
      slot.hidden = !text;
      $('[data-text]', slot).textContent = text;
      field.toggleAttribute('aria-invalid', false);
      if (text) field.setAttribute('aria-invalid', 'true');
    }

    /* Another village, rule or day is another batch. What has been entered stays in its draft. */
    async go() {
      if (this.grid && this.grid.finished.length && !await this.another()) return this.keepContext();
      if (this.grid) await this.grid.queue.empty();
      const asked = new URLSearchParams(new FormData(this.context));
      location.assign(`${location.pathname}?${asked}`);
    }

    keepContext() {
      this.context.reset();
      this.fields.forEach(field => { field.value = field.dataset.lookupAll = field.defaultValue || field.getAttribute('data-first'); });
      this.grid.focus(this.grid.live, 'who');
    }

    another() {
      return this.ask('另开一批', '已录的农户留在草稿里，可以在“我的批次”里接着录', '不换', '另开一批');
    }

    /* Resolves true for `yes`, false for anything else. */
    ask(title, text, no, yes) {
      return new Promise(answer => {
        const choose = value => () => { answer(value); dialog.close(); };
        const agree = portal.button(yes, choose(true), 'c-btn--primary');
        const words = Object.assign(document.createElement('p'), {textContent: text});
        const dialog = portal.ask(title, words, [portal.button(no, choose(false)), agree]);
        agree.setAttribute('data-primary', '');
        agree.focus();
        dialog.addEventListener('close', () => answer(false));
      });
    }

    waitForContext() {
      const wrong = $('[aria-invalid]', this.context);
      const empty = this.fields.find(field => !field.options.value);
      (wrong || empty || this.date).focus();
    }

    /* --- two people, one row -------------------------------------------------- */
    /* The dialog waits while something is half typed: it comes up with the next finished row or by Ctrl+↓. */
    async conflict(row) {
      if (document.querySelector('dialog[open]')) return;
      if (this.grid.live.who.value && document.activeElement === this.grid.live.who) return this.say({text: row.message});
      const mine = await this.ask('这一行刚被改过', row.message, '用现在的', '用我的');
      row.version = row.other.version;
      if (mine) this.putMine(row); else this.takeTheirs(row);
    }

    putMine(row) {
      row.stamp += 1;
      row.restoring = row.other.gone;
      row.send();
    }

    takeTheirs(row) {
      const {now, version, gone} = row.other;
      if (gone) return this.grid.forget(row);
      const household = this.sources.household?.byId.get(now.household) || row.household;
      row.load({key: row.key, version, household, member: now.member, points: now.points, note: now.note, proofs: row.proofs});
      this.totals();
      this.remember();
    }

    /* --- the whole page ------------------------------------------------------ */
    async saveNow(e) {
      const {grid} = this;
      e.preventDefault();
      if (!grid) return;
      grid.live.commit();
      grid.wrong.filter(row => !row.problem).forEach(row => { row.stamp += 1; row.send(); });
      grid.queue.now();
      if (await grid.queue.empty()) this.say({text: `已保存 ${grid.finished.length - grid.wrong.length} 行`});
    }

    async check() {
      const {grid} = this;
      if (this.checking) return;
      if (grid.live.who.value && !grid.live.household) return grid.unknown(grid.live);
      grid.live.commit();
      this.checking = true;
      $('[data-check]', this.page).classList.add('is-busy');
      await this.toCheck().finally(() => { this.checking = false; $('[data-check]', this.page).classList.remove('is-busy'); });
    }

    async toCheck() {
      const {grid} = this;
      if (grid.wrong.length) return this.blocked();
      const saved = await grid.queue.empty();
      if (!saved) return this.say({text: `${grid.queue.size} 行还没保存，正在重试`});
      if (grid.wrong.length || grid.live.who.value) return this.blocked();
      if (this.empty) return this.say({text: this.nothing});
      const url = this.config.urls.check.replace('NUMBER', grid.number);
      if (matchMedia('(max-width: 39.9375em)').matches) return location.assign(url);
      await this.openCheck(url);
    }

    /* Whoever has gone on typing in the meantime is told, not moved. */
    blocked() {
      const {grid} = this;
      if (grid.wrong.length) this.say({text: `还有 ${grid.wrong.length} 行要改，改好后再提交`});
      if (!grid.live.who.value) grid.toWrong(null, 1);
    }

    async openCheck(url) {
      const response = await fetch(url, {headers: {'HX-Request': 'true'}}).catch(() => null);
      if (!response || !response.ok) return location.assign(url);
      const dialog = document.getElementById('modal');
      dialog.innerHTML = await response.text();
      portal.show(dialog);
    }
  }

  window.EntryPage = Entry;
  const page = $('[data-entry]:not([data-visit])');
  if (page) window.entry = new Entry(page, JSON.parse($('#entry-config').textContent));
})();
