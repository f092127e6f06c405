/* What every page shares: keys, messages, dialogs, small behaviours. No page needs it to be read. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...children);
    return node;
  };
  const on = (type, selector, act) => document.addEventListener(type, e => {
    const found = e.target.closest && e.target.closest(selector);
    if (found) act(e, found);
  });
  /* 229: pinyin input methods send one more Enter after the composition has ended. */
  const ime = e => e.isComposing || e.keyCode === 229;
  const icon = name => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', `${icon.sprite}#${name}`);
    svg.setAttribute('class', 'c-icon c-icon--s');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(use);
    return svg;
  };
  icon.sprite = ($('use[href*="icons"]') || el('i', {href: ''})).getAttribute('href').split('#')[0];
  const button = (text, act, css = '') => {
    const made = el('button', {type: 'button', class: `c-btn ${css}`}, text);
    made.addEventListener('click', act);
    return made;
  };
  const remember = (name, value) => { document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`; };
  const body = document.body;

  /* What nobody looks at waits until the next picture is drawn, at most a tenth of a second where none is. */
  function afterPicture(work) {
    let open = true;
    const once = () => { if (open) { open = false; work(); } };
    requestAnimationFrame(() => setTimeout(once));
    setTimeout(once, 100);
  }

  /* --- saying things: one sentence a second at most ------------------------ */
  const waiting = [];
  let speaking = 0;
  function say(text, urgent = false) {
    if (urgent) { $('#alert').textContent = text; return; }
    waiting.splice(0, waiting.length, text);
    if (!speaking) speak();
  }
  function speak() {
    const text = waiting.shift();
    if (!text) { speaking = 0; return; }
    $('#live').textContent = text;
    speaking = setTimeout(speak, 1000);
  }

  /* A toast stays six seconds, longer while the pointer or the focus is on it. */
  function toast(text, {label, act} = {}) {
    const item = el('div', {class: 'c-toast__item'}, el('span', {}, text));
    if (label) {
      const press = el('button', {type: 'button'}, label);
      press.addEventListener('click', () => { item.remove(); act(); });
      item.append(press);
    }
    let timer = setTimeout(() => item.remove(), 6000);
    const hold = () => clearTimeout(timer);
    const release = () => { hold(); timer = setTimeout(() => item.remove(), 3000); };
    item.addEventListener('mouseenter', hold);
    item.addEventListener('focusin', hold);
    item.addEventListener('mouseleave', release);
    item.addEventListener('focusout', release);
    $('#toast').append(item);
    return item;
  }

  /* --- dialogs ------------------------------------------------------------- */
  function show(dialog) {
    if (dialog.open) return;
    const opener = document.activeElement;
    dialog.showModal();
    const first = $('[autofocus]', dialog) || $('[data-primary]', dialog) || $('h2', dialog);
    if (first) first.focus();
    dialog.addEventListener('close', () => { if (opener && opener.isConnected) opener.focus(); }, {once: true});
  }

  /* A dialog made on the spot; it leaves the page when it is closed. */
  function ask(title, content, buttons, {stay = false, small = true} = {}) {
    const heading = el('h2', {id: 'asked', tabindex: '-1'}, title);
    const head = el('div', {class: 'c-dialog__head'}, heading);
    const foot = el('div', {class: 'c-dialog__foot'}, ...buttons);
    const dialog = el('dialog', {class: `c-dialog${small ? ' c-dialog--s' : ''}`, 'aria-labelledby': 'asked'},
      head, el('div', {class: 'c-dialog__body'}, content), foot);
    if (!stay) {
      const close = button('', () => dialog.close(), 'c-btn--icon c-btn--s');
      close.setAttribute('aria-label', '关上');
      close.append(icon('close'));
      head.append(close);
    }
    if (!buttons.length) foot.remove();
    if (stay) dialog.addEventListener('cancel', e => e.preventDefault());
    dialog.addEventListener('close', () => dialog.remove());
    body.append(dialog);
    show(dialog);
    return dialog;
  }

  /* data-confirm="a sentence": asked before the press goes through. data-confirm-title, data-confirm-button. */
  const agreed = new WeakSet();
  document.addEventListener('click', e => {
    const press = e.target.closest('[data-confirm]');
    if (!press || agreed.delete(press)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const {confirm, confirmTitle, confirmButton} = press.dataset;
    const word = confirmButton || press.textContent.trim();
    const css = press.classList.contains('c-btn--danger') ? 'c-btn--danger' : 'c-btn--primary';
    const yes = button(word, () => { dialog.close(); agreed.add(press); press.click(); }, css);
    yes.setAttribute('data-primary', '');
    const dialog = ask(confirmTitle || word, el('p', {}, confirm), [button('返回', () => dialog.close()), yes]);
  }, true);

  on('click', '[data-dialog]', (e, press) => { e.preventDefault(); show($(press.dataset.dialog)); });
  on('click', '[data-close]', (e, press) => {
    const dialog = press.closest('dialog');
    if (dialog) { e.preventDefault(); dialog.close(); }
  });
  const modal = $('#modal');
  if (modal) modal.addEventListener('close', () => modal.replaceChildren());

  function keyList() {
    const own = $('template[data-keys]');
    const list = el('dl', {class: 'c-keys'});
    const rows = [['Ctrl+K', '搜索'], ['Ctrl+Enter', '主要按钮'], ['Ctrl+S', '保存'], ['Esc', '关上列表或对话框'], ['Shift+F1', '这一页的快捷键']];
    if (own) list.append(own.content.cloneNode(true));
    rows.forEach(([key, text]) => list.append(el('dt', {}, el('kbd', {}, key)), el('dd', {}, text)));
    ask('快捷键', list, [], {small: false});
  }
  on('click', '[data-show-keys]', () => keyList());

  /* --- keys ---------------------------------------------------------------- */
  const shown = node => node && !node.disabled && node.getClientRects().length > 0;
  const here = () => all('dialog[open]').pop() || document;
  function pressPrimary() {
    const primary = all('[data-primary]', here()).find(shown);
    if (primary) primary.click();
    return Boolean(primary);
  }
  function saveNow() {
    const asked = new CustomEvent('portal:save', {bubbles: true, cancelable: true});
    if (!document.activeElement.dispatchEvent(asked)) return;
    const save = all('[data-save]', here()).find(shown);
    if (save) save.click();
  }
  function toSearch() {
    const search = $('#search');
    if (!shown(search) || $('dialog[open]')) return;
    search.focus();
    search.select();
  }
  document.addEventListener('keydown', e => {
    if (ime(e) || e.defaultPrevented) return;
    const ctrl = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey;
    const key = e.key.toLowerCase();
    if (ctrl && key === 'k') { e.preventDefault(); toSearch(); }
    else if (ctrl && key === 's') { e.preventDefault(); saveNow(); }
    else if (ctrl && key === 'enter') { if (pressPrimary()) e.preventDefault(); }
    else if (e.shiftKey && e.key === 'F1') { e.preventDefault(); keyList(); }
    else if (key === 'escape') closeMenus();
    else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') step(e);
  });

  /* ↑ and ↓ walk the links of a list marked data-arrows. */
  function step(e) {
    const list = e.target.closest('[data-arrows]');
    if (!list) return;
    const stops = all('a[href], button', list).filter(shown);
    const next = stops[stops.indexOf(e.target) + (e.key === 'ArrowDown' ? 1 : -1)];
    if (next) { e.preventDefault(); next.focus(); }
  }

  function closeMenus(except) {
    all('details[data-menu][open]').filter(menu => menu !== except).forEach(menu => {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside && !except) $('summary', menu).focus();
    });
  }
  document.addEventListener('click', e => closeMenus(e.target.closest('details[data-menu]') || body));

  /* --- errors of a form ---------------------------------------------------- */
  const PREFIX = '有错误：';
  function markErrors(root = document) {
    const errors = $('[data-errors]', root);
    const bare = document.title.replace(PREFIX, '');
    document.title = $('[data-errors], [data-stay]') ? PREFIX + bare : bare;
    if (errors) errors.focus();
  }
  on('click', '[data-errors] a[href^="#"]', (e, link) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    e.preventDefault();
    (field.matches('input, select, textarea, button') ? field : $('input, select, textarea', field) || field).focus();
  });
  markErrors();

  /* --- small behaviours ---------------------------------------------------- */
  on('submit', '[data-sign-out]', () => {
    sessionStorage.clear();
    localStorage.removeItem('portal-seen');
    localStorage.setItem('portal-left', String(Date.now()));
  });
  /* Back, after signing out: the browser shows a page it kept whole, names and all, to whoever sits there now. */
  addEventListener('pageshow', e => {
    if (!e.persisted || Number(localStorage.getItem('portal-left')) < performance.timeOrigin) return;
    document.documentElement.hidden = true;
    location.reload();
  });
  function setBusy(node, is) {
    node.classList.toggle('is-busy', is);
    if (is) node.setAttribute('aria-busy', 'true'); else node.removeAttribute('aria-busy');
  }
  /* An ordinary form is sent once; a page that comes back from the history is free again. */
  document.addEventListener('submit', e => {
    const form = e.target;
    if (e.defaultPrevented || form.method !== 'post' || form.matches('[hx-post], [data-download], #re-sign-in')) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    if (e.submitter && e.submitter.matches('.c-btn')) setTimeout(() => setBusy(e.submitter, true), 150);
  });
  addEventListener('pageshow', e => {
    if (!e.persisted) return;
    all('form[data-sent]').forEach(form => delete form.dataset.sent);
    all('.is-busy').forEach(node => setBusy(node, false));
  });

  const narrow = () => document.documentElement.dataset.nav === 'narrow';
  const foldButton = $('[data-fold]');
  function markFold() {
    if (!foldButton) return;
    foldButton.setAttribute('aria-expanded', String(!narrow()));
    $('span', foldButton).textContent = narrow() ? '展开' : '收起';
  }
  on('click', '[data-fold]', () => {
    document.documentElement.dataset.nav = narrow() ? 'wide' : 'narrow';
    if (!body.classList.contains('is-grid')) remember('nav', document.documentElement.dataset.nav);
    markFold();
  });
  markFold();

  on('click', '[data-plot-view]', (e, press) => {
    const table = press.dataset.plotView === 'table';
    press.closest('.c-plot').classList.toggle('is-table', table);
    all('[data-plot-view]', press.parentNode).forEach(other => other.setAttribute('aria-pressed', String(other === press)));
  });

  on('click', '[data-show]', (e, press) => {
    const field = document.getElementById(press.dataset.show);
    const open = field.type === 'password';
    field.type = open ? 'text' : 'password';
    press.textContent = open ? '隐藏' : '显示';
    press.setAttribute('aria-pressed', String(open));
  });

  /* data-copy: the id of what to copy, or the text itself in data-copy-text. */
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); return; } catch (error) { /* no secure context: the old way */ }
    const area = el('textarea', {'aria-hidden': 'true', class: 'u-sr-only'});
    area.value = text;
    body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  on('click', '[data-copy]', async (e, press) => {
    const source = document.getElementById(press.dataset.copy);
    await copy(press.dataset.copyText || (source.value || source.textContent).trim());
    press.focus();
    toast(press.dataset.copied || '已复制，可以粘贴到微信群');
  });

  on('click', '[data-print-page]', () => window.print());
  on('change', '[data-auto-submit]', (e, field) => field.form.requestSubmit());

  /* Rows that can be chosen: a region data-select with data-select-all, data-select-row boxes and a bar that counts. */
  function counted(region) {
    const boxes = all('[data-select-row]', region).filter(box => !box.disabled);
    const chosen = boxes.filter(box => box.checked);
    all('[data-select-all]', region).forEach(whole => {
      whole.checked = boxes.length > 0 && chosen.length === boxes.length;
      whole.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    });
    boxes.forEach(box => box.closest('tr, li').classList.toggle('is-selected', box.checked));
    all('.c-batchbar', region).forEach(bar => bar.classList.toggle('is-on', chosen.length > 0));
    all('[data-count]', region).forEach(node => { node.textContent = chosen.length; });
    all('[data-rest]', region).forEach(node => { node.textContent = boxes.length - chosen.length; });
    all('[data-when]', region).forEach(node => { node.hidden = (node.dataset.when === 'some') !== chosen.length > 0; });
    region.dispatchEvent(new CustomEvent('portal:selected', {bubbles: true, detail: {chosen}}));
  }
  on('change', '[data-select] [data-select-row], [data-select] [data-select-all]', (e, box) => {
    const region = box.closest('[data-select]');
    if (box.matches('[data-select-all]')) all('[data-select-row]', region).forEach(row => { if (!row.disabled) row.checked = box.checked; });
    counted(region);
  });
  on('click', '[data-select-none]', (e, press) => {
    const region = press.closest('[data-select]');
    all('[data-select-row]', region).forEach(box => { box.checked = false; });
    counted(region);
  });
  all('[data-select]').forEach(counted);

  window.portal = {$, all, el, ime, afterPicture, say, toast, ask, show, icon, button, copy, setBusy, markErrors};
})();
