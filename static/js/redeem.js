/* The counter: a household and goods by first letters, number or bar code; the sum follows every change. From one
   household to the next only the desk in the middle of the page is swapped, so that the register stays at hand.
   Without it the page finds on the server and shows a quantity beside all goods. */
(() => {
  'use strict';
  const {Field, Households, normalise, ime} = window.Lookup;
  const {$, all, el, say, ask, button} = window.portal;
  const span = (css, text) => el('span', {class: css}, text);

  /* The register of an outlet: the last column says what may be spent. */
  class Register extends Households {
    draw(hit) {
      const cells = super.draw(hit);
      cells[cells.length - 1].textContent = `可兑换 ${hit.item.month}`;
      return cells;
    }

    foot() { return '按数字或回车选一户'; }
  }

  /* What stands on the shelves. A scanned bar code is a number that only one thing has. */
  class Goods {
    constructor(rows, left) {
      this.left = left;
      this.items = rows.map(row => ({
        row, ...row.dataset, key: normalise(row.dataset.code), points: Number(row.dataset.points), stock: Number(row.dataset.stock),
        letters: row.dataset.initials.split(' '),
      }));
    }

    find(text) {
      const query = normalise(text);
      const hits = query ? this.items.map(item => ({item, rank: this.rank(item, query)})).filter(hit => hit.rank) : [];
      return hits.sort((a, b) => a.rank - b.rank);
    }

    rank(item, query) {
      if (item.barcode === query || item.key === query) return 1;
      if (item.letters.includes(query)) return 2;
      if (item.key.startsWith(query) || item.letters.some(letters => letters.startsWith(query))) return 3;
      return normalise(item.name).includes(query) ? 4 : 0;
    }

    draw({item}) {
      const lack = item.points - this.left();
      const why = !item.stock ? '库存 0' : lack > 0 ? `还差 ${lack} 分` : `库存 ${item.stock}`;
      return [span(`c-lookup__name${item.stock ? '' : ' is-none'}`, item.name), span('u-num', `${item.points} 分`), span('c-lookup__month', why)];
    }

    foot() { return '回车加入，再按回车到“兑换”'; }

    takesDigits(query) { return /^[a-z]{2,}$/.test(query) || /^\p{Script=Han}+$/u.test(query); }
  }

  const MANY = /^\d{1,2}$/;

  class Basket {
    constructor(form) {
      Object.assign(this, {form, available: Number(form.dataset.available), rows: all('[data-item]', form), field: $('[data-lookup]', form)});
      this.goods = new Goods(this.rows, () => this.available - this.points);
      all('[data-pick], [data-live], [data-step]', form).forEach(node => { node.hidden = false; });
      form.addEventListener('lookup:pick', e => { e.preventDefault(); this.add(e.detail.item.row); });
      form.addEventListener('lookup:none', e => say(`没有找到“${e.detail.query}”`, true));
      form.addEventListener('input', () => this.count());
      form.addEventListener('change', () => this.count());
      form.addEventListener('click', e => this.clicked(e));
      form.addEventListener('keydown', e => this.pressed(e));
      this.count();
    }

    written(row) { return $('input', row).value.normalize('NFKC').trim(); }
    quantity(row) { return MANY.test(this.written(row)) ? Number(this.written(row)) : 0; }
    get points() { return this.rows.reduce((sum, row) => sum + this.quantity(row) * Number(row.dataset.points), 0); }
    get pieces() { return this.rows.reduce((sum, row) => sum + this.quantity(row), 0); }

    add(row) {
      this.field.value = '';
      this.field.focus();
      if (row.dataset.short) return this.warn(row.dataset.short);
      row.parentNode.append(row);
      this.change(row, 1);
      say(`${row.dataset.name} ${this.quantity(row)}，共 ${this.points} 分`);
    }

    change(row, by) {
      const most = Math.min(99, Number(row.dataset.stock) || 1);
      $('input', row).value = Math.max(0, Math.min(most, this.quantity(row) + by)) || '';
      this.last = row;
      this.count();
    }

    warn(text) {
      $('[data-lack]', this.form).textContent = text;
      say(text, true);
    }

    count() {
      const {points, pieces} = this;
      this.rows.forEach(row => {
        const many = this.quantity(row);
        row.hidden = !$('input', row).value && document.activeElement !== $('input', row);
        this.mark(row, this.written(row) !== '' && !MANY.test(this.written(row)));
        $('[data-sum]', row).textContent = many ? `${many * Number(row.dataset.points)} 分` : '';
      });
      const rest = this.available - points;
      $('[data-count]', this.form).textContent = pieces;
      $('[data-taken]', this.form).textContent = points ? `−${points} 分` : '0 分';
      $('[data-rest]', this.form).textContent = String(rest).replace('-', '−');
      $('[data-rest]', this.form).classList.toggle('u-err', rest < 0);
      $('[data-lack]', this.form).textContent = rest < 0 ? `可兑换 ${this.available} 分，还差 ${-rest} 分` : '';
      $('[data-label]', this.form).textContent = pieces ? `兑换 ${pieces} 件，共 ${points} 分` : '兑换';
      const family = $('[name=who]:checked', this.form).value === 'family';
      $('[data-family]', this.form).hidden = !family;
    }

    /* What can be no quantity stays where it was typed, with what would be one. */
    mark(row, isWrong) {
      const said = $('[data-wrong]', row);
      Object.entries({'aria-invalid': 'true', 'aria-describedby': said.id}).forEach(([name, value]) => {
        if (isWrong) $('input', row).setAttribute(name, value);
        else $('input', row).removeAttribute(name);
      });
      said.hidden = !isWrong;
    }

    clicked(e) {
      const step = e.target.closest('[data-step]');
      if (step) this.change(step.closest('tr'), Number(step.dataset.step));
    }

    pressed(e) {
      if (ime(e) || e.defaultPrevented || e.ctrlKey || e.altKey) return;
      const row = e.target.closest('[data-item]');
      const sign = {'+': 1, '=': 1, '-': -1}[e.key];
      if (sign && (row || e.target === this.field && !this.field.value && this.last)) {
        e.preventDefault();
        this.change(row || this.last, sign);
      } else if (e.key === 'Enter' && e.target.matches('input:not([type=radio])')) {
        e.preventDefault();
        (e.target === this.field && this.pieces && !this.field.value ? $('[data-primary]', this.form) : this.field).focus();
      }
    }
  }

  const FRESH = 300000;   // what others hand out meanwhile shows on the household's own page at once, in the list by then

  class Desk {
    constructor(main) {
      this.lookup = new Field(main, $('#candidates-box'), {});
      main.addEventListener('lookup:pick', e => { if (this.find.contains(e.target)) this.go(`${this.home}&household=${e.detail.item.id}`); });
      main.addEventListener('lookup:none', e => { if (this.find.contains(e.target)) this.find.requestSubmit(); });
      document.addEventListener('keydown', e => this.pressed(e));
      document.addEventListener('htmx:beforeSwap', e => this.before(e.detail));
      document.addEventListener('htmx:afterSwap', () => { if (!this.find.isConnected) this.swapped(); });
      // The whole page again: what htmx would fetch has no scripts that run.
      document.addEventListener('htmx:historyCacheMiss', e => { e.preventDefault(); location.reload(); });
      this.mount();
    }

    get home() { return this.find.dataset.home; }

    mount() {
      this.find = $('[data-find]');
      const form = $('[data-basket]');
      this.basket = form && new Basket(form);
      this.lookup.sources.item = this.basket && this.basket.goods;
      this.equip();
      const errors = $('[data-errors]');
      if (!errors && this.basket) this.basket.field.focus();
      else (errors || $('[data-found] a') || $('#desk [autofocus]') || $('#q')).focus();
      this.load();
    }

    swapped() {
      this.lookup.close();
      const {household, left} = $('#desk').dataset;
      const known = household && this.households && this.households.byId.get(Number(household));
      if (known) known.month = Number(left);
      ['is-print-only', 'is-receipt'].forEach(name => document.body.classList.toggle(name, Boolean($('#desk [data-print]'))));
      this.mount();
      const told = $('.st-done p');
      if (told) say(told.textContent);
    }

    /* A balance that moved is answered with the desk as it is now, like every other refusal. */
    before(detail) {
      if (detail.target.id === 'desk' && detail.xhr.status === 409) Object.assign(detail, {shouldSwap: true, isError: false});
    }

    go(address) {
      if (window.htmx) htmx.ajax('GET', address, {source: '#desk', target: '#desk', swap: 'outerHTML show:window:top'});
      else location.href = address;
    }

    pressed(e) {
      if (ime(e) || e.defaultPrevented || e.key !== 'Escape' || $('dialog[open], details[data-menu][open]') || !this.basket) return;
      e.preventDefault();
      const {pieces} = this.basket;
      if (!pieces) return this.go(this.home);
      const yes = button('换下一户', () => { dialog.close(); this.go(this.home); }, 'c-btn--primary');
      yes.setAttribute('data-primary', '');
      const dialog = ask('这一户还没有兑换', el('p', {}, `选好的 ${pieces} 件没有兑换，换下一户后要重新选`), [button('返回', () => dialog.close()), yes]);
    }

    /* The register comes after the page; until then, and for what it does not hold, the server looks. */
    async load() {
      const {index} = this.find.dataset;
      if (!index || this.asked && Date.now() - this.asked < FRESH) return;
      this.asked = Date.now();
      const response = await fetch(index, {headers: {'X-Requested-With': 'fetch'}}).catch(() => null);
      if (!response || !response.ok) { this.asked = 0; return; }
      this.households = this.lookup.sources.household = new Register(await response.json());
      this.equip();
      const field = $('#q');
      if (document.activeElement === field && field.value !== field.defaultValue) this.lookup.open(field);
    }

    equip() {
      if (!this.households) return;
      Object.entries({'data-lookup': 'household', role: 'combobox', 'aria-expanded': 'false', 'aria-autocomplete': 'list', 'aria-controls': 'candidates'})
        .forEach(([name, value]) => $('#q').setAttribute(name, value));
    }
  }

  if ($('[data-find]')) new Desk($('#main'));
})();
