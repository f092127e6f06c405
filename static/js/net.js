/* Requests and what can come between: a refusal, a lost network, a session that has ended. Follows app.js. */
(() => {
  'use strict';
  const {$, all, el, say, toast, ask, show, icon, button, setBusy, markErrors} = window.portal;
  const body = document.body;
  const modal = $('#modal');

  /* --- requests by htmx ---------------------------------------------------- */
  const busy = new WeakMap();
  const pressed = detail => [detail.requestConfig && detail.requestConfig.triggeringEvent && detail.requestConfig.triggeringEvent.submitter, detail.elt]
    .find(node => node && node.matches && node.matches('.c-btn'));
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
    if (!target) return;   // a page that comes back from the history
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
      const values = new FormData();
      // Signing in changed the token: the form's own counts.
      for (const [name, value] of asked.formData || []) if (name !== 'csrfmiddlewaretoken') values.append(name, value);
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
  /* The dialog takes the focus, so it waits until the hands rest: nothing typed goes astray into it. */
  const REST = 800;
  let signing = null, resting = 0, pressedAt = -REST, composing = false;
  document.addEventListener('keydown', () => { pressedAt = performance.now(); }, true);
  document.addEventListener('compositionstart', () => { composing = true; }, true);
  document.addEventListener('compositionend', () => { composing = false; pressedAt = performance.now(); }, true);
  function signIn() {
    clearTimeout(resting);
    if (signing || !body.dataset.user) return;
    const rest = composing ? REST : REST + pressedAt - performance.now();
    if (rest > 0) resting = setTimeout(signIn, rest); else askToSignIn();
  }
  function askToSignIn() {
    const account = el('input', {type: 'text', id: 're-account', name: 'username', value: body.dataset.user, autocomplete: 'username', required: ''});
    const password = el('input', {type: 'password', id: 're-password', name: 'password', autocomplete: 'current-password', required: '', autofocus: ''});
    const error = el('p', {class: 'c-field__error', role: 'alert'});
    const field = (text, input) => el('div', {class: 'c-field'}, el('label', {class: 'c-field__label', for: input.id}, text), input);
    const more = el('p', {hidden: ''}, '还差一步：', el('a', {href: body.dataset.signIn, target: '_blank'}, '在新窗口登录'), '，再回到这里');
    const form = el('form', {id: 're-sign-in'}, el('p', {class: 'u-muted'}, '登录已失效，请重新登录。填写的内容都还在'), error, more, field('账号', account), field('密码', password));
    const submit = el('button', {class: 'c-btn c-btn--primary', form: 're-sign-in', 'data-primary': ''}, '登录');
    signing = ask('重新登录', form, [submit], {stay: true});
    form.addEventListener('submit', async e => {
      e.preventDefault();
      setBusy(submit, true);
      error.textContent = await trySignIn(new FormData(form), more);
      setBusy(submit, false);
    });
  }
  const token = () => JSON.parse(body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || '';
  /* Posts to the sign-in page itself and reads the answer as a person would; '' when it worked. */
  async function trySignIn(data, more) {
    data.set('csrfmiddlewaretoken', secret() || token());
    let page;
    try { page = await signInPage({method: 'POST', body: data}); } catch (error) { return '网络断开，正在重连'; }
    const refused = $('.c-errors__title, .c-errors li', page);
    if (refused) return refused.textContent;
    // A second step or a password of one's own has pages of its own.
    if (!page.body.dataset.user) { more.hidden = false; return ''; }
    if (page.body.dataset.user !== body.dataset.user) { location.assign('/'); return ''; }
    restored(page.body.getAttribute('hx-headers'));
    return '';
  }
  const signInPage = async how => new DOMParser().parseFromString(await (await fetch(body.dataset.signIn, {cache: 'no-store', ...how})).text(), 'text/html');
  /* Signing in changes the token of every page that is open: whoever comes back to one takes the new one over. */
  const secret = () => (document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/) || [])[1] || '';
  let known = secret();
  async function catchUp() {
    if (document.hidden || !body.dataset.user || secret() === known) return;
    const page = await signInPage({}).catch(() => null);
    if (!page || !page.body.dataset.user) return;
    if (page.body.dataset.user !== body.dataset.user) location.assign('/');
    else restored(page.body.getAttribute('hx-headers'));
  }
  document.addEventListener('visibilitychange', catchUp);
  addEventListener('focus', catchUp);
  addEventListener('pageshow', catchUp);
  function restored(headers) {
    known = secret();
    body.setAttribute('hx-headers', headers);
    all('input[name="csrfmiddlewaretoken"]').forEach(input => { input.value = token(); });
    if (signing) signing.close();
    signing = null;
    touched();
    body.dispatchEvent(new CustomEvent('session-restored', {bubbles: true}));
    sendAgain();
    sendHeld();
  }
  body.addEventListener('session-expired', signIn);

  /* An ordinary form that is sent after the session was ended is answered with a cookie and no page (foundation/htmx.py):
     what was typed stays, and the form is sent once more after signing in. */
  const ENDED = /(?:^|;\s*)session-ended=1/;
  let leaving = null, held = null, listening = 0;
  document.addEventListener('submit', e => {
    const form = e.target;
    if (e.defaultPrevented || !body.dataset.user || form.method !== 'post' || form.matches('[hx-post], [data-download], [data-sign-out]')) return;
    leaving = {form, submitter: e.submitter};
    clearInterval(listening);
    listening = setInterval(hear, 300);
  });
  document.addEventListener('formdata', e => { if (leaving && e.target === leaving.form) e.formData.append('_stays', '1'); });
  addEventListener('pagehide', () => clearInterval(listening));
  function hear() {
    if (!ENDED.test(document.cookie)) return;
    document.cookie = 'session-ended=;path=/;max-age=0';
    clearInterval(listening);
    held = leaving;
    signIn();
  }
  function sendHeld() {
    if (!held) return;
    const {form, submitter} = held;
    held = null;
    delete form.dataset.sent;
    if (submitter) setBusy(submitter, false);
    if (form.requestSubmit) form.requestSubmit(submitter);   // else it is there to be pressed again
  }

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

  /* The list of what waits is looked at again every two minutes while somebody may be looking. */
  if ($('[hx-trigger~="refresh"]')) setInterval(() => {
    if (document.visibilityState === 'visible') all('[hx-trigger~="refresh"]').forEach(node => htmx.trigger(node, 'refresh'));
  }, 120000);

  Object.assign(window.portal, {token, signIn, offline, online});
})();
