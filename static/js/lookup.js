/* Lookup: type pinyin initials, full pinyin, Han or a number and pick from at most eight candidates.
   Matching is local. One list element serves every [data-lookup] field under a root; fields never lose focus to it.
   Events on the field: lookup:pick {item, via}, lookup:none {query}, lookup:open, lookup:close. */
(() => {
  'use strict';
  /* On a phone five fit above the keys; a tap on the last line shows the next ones. */
  const phone = matchMedia('(max-width: 39.9375em)');
  const size = () => phone.matches ? 5 : 8;
  const ime = e => e.isComposing || e.keyCode === 229;
  const el = (tag, cls, text) => Object.assign(document.createElement(tag), {className: cls || '', textContent: text || ''});

  /* Full-width forms become plain ones; spaces and the apostrophes an IME shows between syllables go. */
  const normalise = text => text.normalize('NFKC').toLowerCase().replace(/[\s'’·-]/g, '');

  /* How many leading characters of the name the query covers when typed in full pinyin, Han, first letters or a mix; 0 if none. */
  function covers(query, name, readings, at = 0) {
    if (!query) return at;
    if (at >= name.length) return 0;
    const char = name[at];
    if (query.startsWith(char)) return covers(query.slice(char.length), name, readings, at + 1);
    for (const reading of readings[char] || []) {
      if (reading.startsWith(query)) return at + 1;
      const rest = query.startsWith(reading) && covers(query.slice(reading.length), name, readings, at + 1);
      if (rest) return rest;
    }
    const initial = (readings[char] || []).some(reading => reading[0] === query[0]);
    return initial ? covers(query.slice(1), name, readings, at + 1) : 0;
  }

  /* The households of one village. Rows arrive in register order, which is kept among equals. */
  class Households {
    constructor(data) {
      this.readings = Object.fromEntries(Object.entries(data.readings).map(([char, all]) => [char, all.split(' ')]));
      this.items = data.rows.map(([id, name, initials, number, group, people, month, aliases, family, ids]) => ({
        id, name, number, group, people, month, ids,
        chars: [...name], initials: initials.split(' '), digits: number.replace(/\D/g, ''), serial: number.split('-').pop(),
        aliases: aliases ? aliases.split(' ').map(normalise) : [], family: family ? family.split(' ') : [],
      }));
      this.byId = new Map(this.items.map(item => [item.id, item]));
    }

    find(text) {
      const query = normalise(text);
      if (!query) return [];
      const found = [];
      for (const item of this.items) {
        const hit = /^\d/.test(query) ? this.byNumber(item, query) : this.byName(item, query);
        if (hit) found.push({item, rank: hit[0], from: hit[1] || 0, to: hit[2] || 0, through: hit[3]});
      }
      return found.sort((a, b) => a.rank - b.rank);
    }

    byNumber(item, query) {
      if (item.digits === query || item.serial === query || Number(item.serial) === Number(query)) return [0];
      return item.digits.startsWith(query) || item.serial.includes(query) ? [1] : null;
    }

    byName(item, query) {
      if (item.name === query || item.aliases.includes(query)) return [1, 0, item.chars.length];
      const equal = item.initials.indexOf(query);
      if (equal >= 0) return [equal ? 2.5 : 2, 0, item.chars.length];
      const start = item.initials.findIndex(initials => initials.startsWith(query));
      if (start >= 0) return [start ? 3.5 : 3, 0, query.length];
      const to = covers(query, item.chars, this.readings);
      if (to) return [4, 0, to];
      const at = item.name.indexOf(query);
      if (at >= 0) return [5, at, at + query.length];
      if (item.aliases.some(alias => alias.startsWith(query))) return [5.5];
      const relative = item.family.find(name => name.includes(query));
      return relative ? [6, 0, 0, relative] : null;
    }

    draw(hit) {
      const {item} = hit;
      const name = el('span', 'c-lookup__name');
      name.append(item.chars.slice(0, hit.from).join(''), el('mark', '', item.chars.slice(hit.from, hit.to).join('')),
        item.chars.slice(hit.to).join(''));
      if (hit.through) name.append(el('small', '', `家庭成员 ${hit.through}`));
      const row = this.rowOf && this.rowOf(item.id);
      const last = item.village || (row ? `已在第 ${row} 行` : `本月 ${signed(item.month)}`);
      const facts = [item.group, item.number, item.people ? `${item.people}人` : ''].map(text => el('span', '', text));
      return [name, ...facts, el('span', 'c-lookup__month', last)];
    }

    foot() { return '按数字或回车选定，Tab 改分值'; }

    none(query) { return `没有找到“${query}”，检查户主姓名或户号`; }

    takesDigits(query) { return !/^\d/.test(query); }
  }

  /* A short list of options: villages by name, rules by code or words. */
  class Options {
    constructor(select) {
      this.items = [...select.options].filter(option => option.value).map(option => ({
        id: option.value, name: option.dataset.name || option.text, code: option.dataset.code || '', note: option.dataset.note || '',
        key: normalise(option.dataset.code || ''), initials: option.dataset.initials || '',
      }));
    }

    find(text) {
      const query = normalise(text);
      const found = this.items.map(item => ({item, rank: query ? this.rank(item, query) : 1}));
      return found.filter(hit => hit.rank).sort((a, b) => a.rank - b.rank);
    }

    rank(item, query) {
      const short = item.key.replace(/^([a-z]+)0+/, '$1');
      if (item.key === query || short === query || item.initials === query) return 1;
      if (item.initials.startsWith(query) || item.name.startsWith(query)) return 2;
      if (item.key.startsWith(query) || short.startsWith(query)) return 3;
      return item.initials.includes(query) || normalise(item.name).includes(query) ? 4 : 0;
    }

    draw({item}) {
      return [el('span', 'c-lookup__code', item.code), el('span', 'c-lookup__name', item.name), el('span', 'c-lookup__month', item.note)];
    }

    foot() { return '输入编码、首字母或汉字，回车选定'; }

    takesDigits(query) { return /^[a-z]{2,}$/.test(query) || /^\p{Script=Han}+$/u.test(query); }
  }

  const signed = value => value > 0 ? `+${value}` : String(value || 0).replace('-', '−');

  class Lookup {
    constructor(root, list, sources) {
      Object.assign(this, {root, list, sources, field: null, hits: [], page: 0, active: 0});
      this.rows = [...Array(8)].map((_, i) => Object.assign(el('div', 'c-lookup__opt'), {id: `${list.id}-${i + 1}`}));
      this.rows.forEach(row => row.setAttribute('role', 'option'));
      this.box = list.querySelector('[role=listbox]');
      this.note = list.querySelector('.c-lookup__foot');
      root.addEventListener('input', e => this.typed(e));
      root.addEventListener('keydown', e => this.pressed(e), {capture: true});
      root.addEventListener('compositionstart', e => this.composing(e));
      root.addEventListener('focusout', e => { if (e.target === this.field) this.close(); });
      root.addEventListener('click', e => { if (e.target.matches('[data-lookup-open]')) this.open(e.target); });
      list.addEventListener('mousedown', e => e.preventDefault());
      list.addEventListener('click', e => this.clicked(e));
      addEventListener('resize', () => this.place());
      root.addEventListener('scroll', () => this.place(), {capture: true, passive: true});
    }

    get opened() { return !this.list.hidden; }
    get source() { return this.field && this.sources[this.field.dataset.lookup]; }
    get shown() { return this.hits.slice(this.page * size(), (this.page + 1) * size()); }

    typed(e) {
      if (!e.target.dataset.lookup) return;
      const before = this.field === e.target && this.opened ? this.hits : [];
      const digit = e.isComposing ? null : /^(.*\D)([1-8])$/.exec(normalise(e.target.value));
      this.open(e.target);
      if (digit && !this.hits.length && before.length && this.source.takesDigits(digit[1])) this.pickAgain(before, Number(digit[2]));
    }

    /* Phone keyboards send no usable keydown: there the digit has already become text. */
    pickAgain(hits, digit) {
      this.hits = hits;
      if (digit <= this.shown.length) this.pick(digit - 1, 'digit');
    }

    /* `hits` given: results that came from elsewhere, such as a search of the whole township. */
    open(field, hits) {
      this.field = field;
      if (!this.source) return this.wait();
      const all = hits || this.source.find(field.dataset.lookupAll && field.value === field.dataset.lookupAll ? '' : field.value);
      Object.assign(this, {hits: all, page: 0, active: 0});
      if (!normalise(field.value) && !field.hasAttribute('data-lookup-open')) return this.close();
      this.paint();
    }

    /* The index is still on its way: what is typed stays in the field and is looked up on arrival. */
    wait() {
      this.hits = [];
      this.paint('正在准备名册');
    }

    ready() {
      if (this.field && this.opened) this.open(this.field);
    }

    paint(note) {
      const shown = this.shown;
      this.box.replaceChildren(...shown.map((hit, i) => this.fill(this.rows[i], hit, i)));
      this.box.hidden = !shown.length;
      this.note.textContent = note || this.footnote();
      const first = !this.opened;
      this.list.hidden = false;
      this.list.dataset.kind = this.field.dataset.lookup;
      this.field.setAttribute('aria-expanded', String(shown.length > 0));
      this.mark(0);
      this.place();
      if (first) this.tell('open');
    }

    fill(row, hit, i) {
      row.replaceChildren(el('span', 'c-lookup__digit', String(i + 1)), ...this.source.draw(hit));
      return row;
    }

    footnote() {
      const query = this.field.value;
      if (!this.hits.length) return this.source.none ? this.source.none(query) : `没有找到“${query}”`;
      const rest = this.hits.length - (this.page + 1) * size();
      if (rest > 0) return `还有 ${rest} 个，${phone.matches ? '点这里' : 'PageDown '}看下一组，或再输入拼音/汉字`;
      return this.hint || this.source.foot();
    }

    mark(i) {
      this.active = i;
      this.rows.forEach((row, n) => row.setAttribute('aria-selected', String(n === i)));
      if (this.shown.length) this.field.setAttribute('aria-activedescendant', this.rows[i].id);
      else this.field.removeAttribute('aria-activedescendant');
    }

    place() {
      if (!this.opened || !this.field) return;
      const at = this.field.closest('td')?.getBoundingClientRect() || this.field.getBoundingClientRect();
      const height = this.list.offsetHeight;
      const above = at.bottom + height > innerHeight && at.top > height;
      this.list.style.left = `${Math.max(0, Math.min(at.left, innerWidth - this.list.offsetWidth))}px`;
      this.list.style.top = `${above ? at.top - height - 3 : at.bottom + 3}px`;
    }

    close() {
      if (!this.opened) return;
      this.list.hidden = true;
      this.hits = [];
      this.field.setAttribute('aria-expanded', 'false');
      this.field.removeAttribute('aria-activedescendant');
      this.tell('close');
    }

    pressed(e) {
      if (ime(e) || !e.target.dataset.lookup) return;
      if (!this.opened) {
        if (e.key === 'ArrowDown' && (e.altKey || e.target.hasAttribute('data-lookup-open'))) { e.preventDefault(); this.open(e.target); }
        return;
      }
      if (e.ctrlKey || e.altKey || e.metaKey) return;
      if (this.command(e)) e.preventDefault();
    }

    /* True when the key was meant for the list. */
    command(e) {
      const count = this.shown.length;
      const digit = /^[1-8]$/.test(e.key) && !e.shiftKey ? Number(e.key) : 0;
      if (digit && digit <= count && this.source.takesDigits(normalise(e.target.value))) return this.pick(digit - 1, 'digit');
      switch (e.key) {
        case 'Escape': this.close(); return true;
        case 'ArrowDown': return this.move(1);
        case 'ArrowUp': return this.move(-1);
        case 'PageDown': return this.turn(1);
        case 'PageUp': return this.turn(-1);
        case 'Enter': return count ? this.pick(this.active, 'enter') : this.nothing();
        case 'Tab': return count && !e.shiftKey ? !this.pick(this.active, 'tab') : false;
      }
      return false;
    }

    move(step) {
      const count = this.shown.length;
      if (count) this.mark((this.active + step + count) % count);
      return true;
    }

    turn(step) {
      const last = Math.max(0, Math.ceil(this.hits.length / size()) - 1);
      this.page = Math.max(0, Math.min(last, this.page + step));
      this.paint();
      return true;
    }

    pick(i, via) {
      const {item, through} = this.shown[i];
      this.close();
      return this.tell('pick', {item, via, through}) || via !== 'tab';
    }

    nothing() {
      if (this.source) this.tell('none', {query: this.field.value});
      return true;
    }

    clicked(e) {
      const row = e.target.closest('[role=option]');
      if (row) this.pick(this.rows.indexOf(row), 'enter');
      else if (e.target === this.note) this.turn(1);
    }

    /* Said once per tab: with the Chinese input method on, each household costs one key more. */
    composing(e) {
      if (!e.target.dataset.lookup || sessionStorage.getItem('ime-hint')) return;
      sessionStorage.setItem('ime-hint', '1');
      this.hint = '按 Shift 切到英文，录入更快';
    }

    tell(name, detail = {}) {
      return this.field.dispatchEvent(new CustomEvent(`lookup:${name}`, {bubbles: true, cancelable: true, detail}));
    }
  }

  /* Turns a <select> into a lookup field; without JavaScript the select stays. */
  function upgrade(select) {
    const chosen = select.selectedOptions[0];
    const text = chosen && chosen.value ? [chosen.dataset.code, chosen.dataset.name || chosen.text].filter(Boolean).join('　') : '';
    const field = Object.assign(el('input', 'c-field__input c-lookup__field'), {id: select.id, value: text, autocomplete: 'off', spellcheck: false});
    const attributes = {role: 'combobox', 'aria-expanded': 'false', 'aria-autocomplete': 'list', 'aria-controls': select.dataset.list,
      'data-lookup': select.dataset.choice, 'data-lookup-open': '', 'data-lookup-all': text, placeholder: select.dataset.placeholder || ''};
    Object.entries(attributes).forEach(([name, value]) => field.setAttribute(name, value));
    if (select.getAttribute('aria-describedby')) field.setAttribute('aria-describedby', select.getAttribute('aria-describedby'));
    select.removeAttribute('id');
    select.hidden = true;
    select.before(field);
    field.addEventListener('focus', () => field.select());
    return field;
  }

  /* 2026-11-23, 11-23, 1123, 11.23, 11月23日 → 2026-11-23 in the year of `today`; nothing where it is no day. */
  function isoDay(text, today) {
    const parts = /^(?:(\d{4})\D?)?(\d{1,2})\D?(\d{1,2})\D?$/.exec(text.normalize('NFKC').trim());
    if (!parts) return '';
    const iso = `${parts[1] || today.slice(0, 4)}-${parts[2].padStart(2, '0')}-${parts[3].padStart(2, '0')}`;
    const day = new Date(`${iso}T00:00Z`);
    return !Number.isNaN(day.getTime()) && day.toJSON().startsWith(iso) ? iso : '';
  }

  window.Lookup = {Field: Lookup, Households, Options, upgrade, normalise, ime, signed, isoDay};
})();
