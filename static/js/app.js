/* What every page shares: keys, messages, dialogs, the session, the network. No page needs it to be read. */
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

  /* --- requests by htmx ---------------------------------------------------- */
  const busy = new WeakMap();
  const pressed = detail => [detail.requestConfig && detail.requestConfig.triggeringEvent && detail.requestConfig.triggeringEvent.submitter, detail.elt]
    .find(node => node && node.matches && node.matches('.c-btn'));
  function setBusy(node, is) {
    node.classList.toggle('is-busy', is);
    if (is) node.setAttribute('aria-busy', 'true'); else node.removeAttribute('aria-busy');
  }
  body.addEventListener('htmx:beforeRequest', e => {
    const node = pressed(e.detail);
    if (node) busy.set(node, setTimeout(() => setBusy(node, true), 150));
  });
  body.addEventListener('htmx:afterRequest', e => {
    const node = pressed(e.detail);
    if (node) { clearTimeout(busy.get(node)); setBusy(node, false); }
    if (e.detail.successful) { touched(); forgetKey(e.detail.elt); }
  });

  /* One key per rendered form: a double press or a retry is the same request. */
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');
  const keyed = node => node.closest('form') || node;
  const forgetKey = node => { if (node.isConnected) delete keyed(node).dataset.requestKey; };
  body.addEventListener('htmx:configRequest', e => {
    if (e.detail.verb === 'get') return;
    const holder = keyed(e.detail.elt);
    holder.dataset.requestKey = holder.dataset.requestKey || newKey();
    if (!e.detail.headers['X-Idempotency-Key']) e.detail.headers['X-Idempotency-Key'] = holder.dataset.requestKey;
  });

  body.addEventListener('htmx:afterSettle', e => {
    const target = e.detail.target;
    if (target === modal && modal.childElementCount) show(modal);
    if (e.detail.xhr && e.detail.xhr.status === 422) { markErrors(target.isConnected ? target : document); return; }
    markErrors(el('i'));
    const next = target.isConnected && $('[data-focus]', target);
    if (next) next.focus();
  });

  const again = [];   // requests to send once more when the session or the network is back
  const keep = ({requestConfig: asked}) => { if (asked && asked.elt.isConnected) again.push(asked); };
  function sendAgain() {
    again.splice(0).filter(asked => asked.elt.isConnected).forEach(asked => {
      const values = Object.fromEntries(asked.formData || []);
      htmx.ajax(asked.verb, asked.path, {source: asked.elt, target: asked.target, values});
    });
  }

  body.addEventListener('htmx:responseError', e => {
    const {xhr} = e.detail;
    const reference = xhr.getResponseHeader('X-Reference');
    if (xhr.status === 401) keep(e.detail);
    else if (xhr.status === 403) tell('没有做这一步的权限，需要时请联系本单位系统管理员');
    else if (xhr.status === 404) tell('没有找到，可能已移走');
    else if (xhr.status === 409) { if (!/conflict/.test(xhr.getResponseHeader('HX-Trigger') || '')) tell(xhr.responseText.slice(0, 60) || '内容刚被改过，请对照后再保存'); }
    else tell(`抱歉，系统出了问题${reference ? `（编号 ${reference}）` : ''}。填写的内容已保留`, {label: '再试一次', act: () => { keep(e.detail); sendAgain(); }});
  });
  function tell(text, more) { toast(text, more); say(text, true); }

  /* Sent by the server: HX-Trigger {"toast": "…", "say": "…", "close-modal": true, "conflict": {…}}. */
  body.addEventListener('toast', e => toast(e.detail.value || e.detail.text, e.detail.undo && {label: '撤销', act: () => htmx.ajax('POST', e.detail.undo, {swap: 'none'})}));
  body.addEventListener('say', e => say(e.detail.value || e.detail.text));
  body.addEventListener('close-modal', () => modal && modal.close());
  body.addEventListener('conflict', e => {
    const {name = '别人', now = '', mine = '', take = '', put = ''} = e.detail;
    const choose = url => () => { dialog.close(); if (url) htmx.ajax('POST', url, {swap: 'none'}); else location.reload(); };
    const facts = el('dl', {class: 'c-facts'}, el('dt', {}, '现在的'), el('dd', {}, now), el('dt', {}, '我的'), el('dd', {}, mine));
    const buttons = [button('用现在的', choose(take))];
    if (put) buttons.push(button('用我的', choose(put)));
    const dialog = ask(`${name}刚改过这里`, facts, buttons);
  });

  /* --- the network --------------------------------------------------------- */
  const WAITS = [2, 5, 10, 20];
  let lost = 0;
  function offline() {
    if ($('#offline')) return;
    const bar = el('div', {class: 'c-offline', id: 'offline', role: 'status'}, icon('warn'), el('span', {}, body.dataset.offline || '网络断开，正在重连'));
    body.append(bar);
    lost = 0;
    setTimeout(reach, WAITS[0] * 1000);
  }
  async function reach() {
    if (!$('#offline')) return;
    try {
      await fetch(body.dataset.ping || location.pathname, {method: 'HEAD', cache: 'no-store', headers: {'X-Requested-With': 'fetch'}});
      online();
    } catch (error) {
      lost = Math.min(lost + 1, WAITS.length - 1);
      setTimeout(reach, WAITS[lost] * 1000);
    }
  }
  function online() {
    const bar = $('#offline');
    if (!bar) return;
    bar.remove();
    say('网络已恢复');
    body.dispatchEvent(new CustomEvent('portal:online'));
    sendAgain();
  }
  addEventListener('offline', offline);
  addEventListener('online', () => { if ($('#offline')) reach(); });
  ['htmx:sendError', 'htmx:timeout'].forEach(name => body.addEventListener(name, e => { keep(e.detail); offline(); }));

  /* --- the session --------------------------------------------------------- */
  let signing = null;
  function signIn() {
    if (signing || !body.dataset.user) return;
    const account = el('input', {type: 'text', id: 're-account', name: 'username', value: body.dataset.user, autocomplete: 'username', required: ''});
    const password = el('input', {type: 'password', id: 're-password', name: 'password', autocomplete: 'current-password', required: '', autofocus: ''});
    const error = el('p', {class: 'c-field__error', role: 'alert'});
    const field = (text, input) => el('div', {class: 'c-field'}, el('label', {class: 'c-field__label', for: input.id}, text), input);
    const form = el('form', {id: 're-sign-in'}, el('p', {class: 'u-muted'}, '已有一段时间没有操作，请重新登录。填写的内容都还在'), error, field('账号', account), field('密码', password));
    const submit = el('button', {class: 'c-btn c-btn--primary', form: 're-sign-in', 'data-primary': ''}, '登录');
    signing = ask('重新登录', form, [submit], {stay: true});
    form.addEventListener('submit', async e => {
      e.preventDefault();
      setBusy(submit, true);
      error.textContent = await trySignIn(new FormData(form));
      setBusy(submit, false);
    });
  }
  const token = () => JSON.parse(body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || '';
  /* Posts to the sign-in page itself and reads the answer as a person would; '' when it worked. */
  async function trySignIn(data) {
    data.set('csrfmiddlewaretoken', token());
    let page;
    try {
      const answer = await fetch(body.dataset.signIn, {method: 'POST', body: data, headers: {'X-CSRFToken': token()}});
      page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch (error) { return '网络断开，正在重连'; }
    const refused = $('.c-errors__title, .c-errors li', page);
    if (refused || !page.body.dataset.user) return refused ? refused.textContent : '未能登录，请再试一次';
    if (page.body.dataset.user !== body.dataset.user) { location.assign('/'); return ''; }
    restored(page.body.getAttribute('hx-headers'));
    return '';
  }
  function restored(headers) {
    body.setAttribute('hx-headers', headers);
    all('input[name="csrfmiddlewaretoken"]').forEach(input => { input.value = token(); });
    signing.close();
    signing = null;
    touched();
    body.dispatchEvent(new CustomEvent('session-restored', {bubbles: true}));
    sendAgain();
  }
  body.addEventListener('session-expired', signIn);

  /* Two minutes before the session ends the page asks; any tab of the portal counts as activity. */
  const idle = Number(body.dataset.idle || 0) * 1000;
  const seen = () => Number(localStorage.getItem('portal-seen') || 0);
  const touched = () => { if (body.dataset.user) localStorage.setItem('portal-seen', String(Date.now())); };
  let asking = null;
  async function stay() {
    asking.close();
    asking = null;
    const answer = await fetch(body.dataset.ping, {headers: {'X-Requested-With': 'fetch'}}).catch(() => null);
    if (answer && answer.status === 401) signIn(); else touched();
  }
  function watch() {
    const rest = seen() + idle - Date.now();
    if (rest <= 0) { if (asking) { asking.close(); asking = null; } signIn(); }
    else if (rest <= 120000 && !asking) {
      const go = button('继续', stay, 'c-btn--primary');
      go.setAttribute('data-primary', '');
      asking = ask('还在吗？', el('p', {}, '2 分钟后自动退出，填写的内容会留在页面上'), [go], {stay: true});
    } else if (rest > 120000 && asking) { asking.close(); asking = null; }
  }
  if (body.dataset.user && idle) { touched(); setInterval(watch, 15000); }
  on('submit', '[data-sign-out]', () => { sessionStorage.clear(); localStorage.removeItem('portal-seen'); });

  /* --- small behaviours ---------------------------------------------------- */
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

  /* The list of what waits is looked at again every two minutes while somebody may be looking. */
  if ($('[hx-trigger~="refresh"]')) setInterval(() => {
    if (document.visibilityState === 'visible') all('[hx-trigger~="refresh"]').forEach(node => htmx.trigger(node, 'refresh'));
  }, 120000);

  window.portal = {ime, say, toast, ask, show, icon, button, token, copy, signIn, offline, online};
})();
