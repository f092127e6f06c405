/* Reviewing by keyboard: ↑ ↓ move, Space ticks, Shift+↑ ↓ extends, Enter opens the row, Ctrl+↓ the next with a hint.
   The form works without any of this; here only the counts follow the ticks. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const ime = e => e.isComposing || e.keyCode === 229;

  const form = $('[data-review]');
  if (!form) return;
  const rows = all('[data-row]', form);
  const decidable = Number(form.dataset.decidable);
  const box = row => $('input[name="row"]', row);
  const shown = () => rows.filter(row => !row.hidden);
  const picked = () => rows.filter(row => box(row) && box(row).checked);
  const name = row => $('.r-name', row).textContent;

  /* --- one row at a time takes part in the tab order --- */
  function sit(row, focus = true) {
    rows.forEach(other => {
      other.tabIndex = other === row ? 0 : -1;
      all('a, button, input', other).forEach(node => { node.tabIndex = other === row ? 0 : -1; });
    });
    if (focus) row.focus();
  }
  if (rows.length) sit(rows[0], false);

  function move(from, step) {
    const list = shown();
    const next = list[list.indexOf(from) + step];
    if (next) sit(next);
    return next;
  }

  function toHint(from) {
    const list = shown();
    const rest = from ? [...list.slice(list.indexOf(from) + 1), ...list] : list;
    const next = rest.find(row => 'hinted' in row.dataset);
    if (next) sit(next);
  }

  /* --- ticks and what the bar says about them --- */
  function tick(row, on) {
    if (!box(row)) return;
    box(row).checked = on === undefined ? !box(row).checked : on;
    paint();
  }

  function paint() {
    const chosen = picked();
    const rest = decidable - chosen.length;
    const bar = $('[data-bar]', form);
    rows.forEach(row => row.classList.toggle('is-selected', chosen.includes(row)));
    $('[data-picked]', bar).textContent = chosen.length ? `已选 ${chosen.length} 行` : `待审核 ${decidable} 行`;
    $('[data-names]', bar).textContent = chosen.slice(0, 4).map(name).join('、') + (chosen.length > 4 ? '等' : '');
    $('[data-clear]', bar).hidden = !chosen.length;
    const only = $('[data-return]', bar);
    only.disabled = !chosen.length;
    $('[data-return-words]', only).textContent = chosen.length ? `只退回 ${chosen.length} 行` : '只退回选中的行';
    $('[data-return-short]', only).textContent = `退回 ${chosen.length} 行`;
    const words = !chosen.length ? `${decidable} 行全部通过` : rest ? `退回 ${chosen.length} 行，其余 ${rest} 行通过` : `${chosen.length} 行全部退回`;
    $('[data-pass-words]', bar).textContent = words;
    $('[data-pass-short]', bar).textContent = chosen.length && rest ? `其余 ${rest} 行通过` : words;
    const every = $('[data-all]', form);
    every.checked = chosen.length > 0 && !rest;
    every.indeterminate = chosen.length > 0 && rest > 0;
  }

  function clear() {
    picked().forEach(row => { box(row).checked = false; });
    paint();
  }

  /* --- the drawer: one row looked at closely, and back to where the eye was --- */
  const drawer = $('#drawer');
  let opened = null;
  async function open(row) {
    const link = $('[data-open]', row);
    const answer = await fetch(link.href, {headers: {'HX-Request': 'true', 'X-Requested-With': 'fetch'}}).catch(() => null);
    if (!answer || !answer.ok) { location.assign(link.href); return; }
    drawer.innerHTML = await answer.text();
    if (!opened) history.pushState({drawer: true}, '');
    opened = row;
    $('h2', drawer).focus();
  }
  function shut() {
    drawer.replaceChildren();
    if (opened) sit(opened);
    opened = null;
  }
  /* A phone has no Esc: its Back key closes the drawer too, so closing by hand takes that step back. */
  function close() {
    shut();
    if (history.state?.drawer) history.back();
  }
  addEventListener('popstate', shut);
  drawer.addEventListener('click', e => { if (e.target.closest('[data-shut]')) { e.preventDefault(); close(); } });

  /* --- keys --- */
  const press = selector => { const button = $(selector, form); if (button && !button.disabled) button.click(); };
  const plain = e => !e.ctrlKey && !e.metaKey && !e.altKey;
  const keys = {
    ArrowDown: (e, row) => step(e, row, 1),
    ArrowUp: (e, row) => step(e, row, -1),
    ' ': (e, row) => { if (row && e.target === row) tick(row); else return false; },
    Enter: (e, row) => { if (row && e.target === row) open(row); else return false; }
  };
  function step(e, row, by) {
    if (!row && e.target === document.body && shown().length) { sit(shown()[0]); return true; }
    if (!row) return false;
    const next = move(row, by);
    if (e.shiftKey && next) { tick(row, true); tick(next, true); }
  }

  document.addEventListener('keydown', e => {
    if (ime(e) || e.defaultPrevented || $('dialog[open]')) return;
    const row = e.target.closest('[data-row]');
    const typing = e.target.matches('textarea, input:not([type="checkbox"])');
    if (e.key === 'Escape') { if (drawer.childElementCount) close(); else if (picked().length) clear(); else return; e.preventDefault(); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === 'Backspace' && !typing) { e.preventDefault(); press('[data-return]'); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === 'ArrowDown' && !typing) { e.preventDefault(); toHint(row); return; }
    if (plain(e) && !typing && keys[e.key] && !e.target.closest('#drawer') && keys[e.key](e, row) !== false) e.preventDefault();
  });

  /* --- pointer --- */
  form.addEventListener('change', e => { if (e.target.name === 'row') paint(); });
  form.addEventListener('click', e => {
    const row = e.target.closest('[data-row]');
    const link = e.target.closest('[data-open]');
    if (link && row && plain(e)) { e.preventDefault(); open(row); return; }
    if (!row || e.target.closest('a, button, input, label')) return;
    sit(row, false);
    tick(row);
  });
  form.addEventListener('focusin', e => {
    const row = e.target.closest('[data-row]');
    if (row && row.tabIndex !== 0) sit(row, e.target === row);
  });
  document.addEventListener('click', e => { if (e.target.closest('[data-clear]')) clear(); });
  const every = $('[data-all]', form);
  every.hidden = false;
  every.addEventListener('change', () => {
    rows.forEach(row => { if (box(row) && !row.hidden) box(row).checked = every.checked; });
    paint();
  });

  /* --- only rows with hints: hidden, not fetched anew, so that no tick is lost --- */
  const filter = $('[data-filter]', form);
  const complete = !$('[aria-current][data-show-rows="hints"]', filter);
  filter.addEventListener('click', e => {
    const link = e.target.closest('[data-show-rows]');
    if (!link || !complete) return;
    e.preventDefault();
    const hints = link.dataset.showRows === 'hints';
    rows.forEach(row => { row.hidden = hints && !('hinted' in row.dataset); });
    all('[data-band]', form).forEach(band => { band.hidden = hints && band.dataset.band === 'plain'; });
    all('a', filter).forEach(other => other.removeAttribute('aria-current'));
    link.setAttribute('aria-current', 'true');
    history.replaceState(null, '', link.href);
    if (shown().length) sit(shown()[0], false);
  });

  /* --- the panel's line --- */
  const panel = $('[data-panel]', form);
  function countPanel() {
    const present = all('input[name="present"]:checked', panel).length;
    const needed = Number(panel.dataset.quorum);
    const state = $('[data-enough]', panel);
    state.className = `c-st c-st--${present < needed ? 'warn' : 'good'}`;
    $('[data-quorum-words]', state).textContent = `参评 ${present} 人，${present < needed ? `至少 ${needed} 人` : '达到法定人数'}`;
  }
  panel.addEventListener('change', e => {
    if (e.target.name === 'present') countPanel();
    const when = e.target.name === 'held_at' && e.target.value.match(/-(\d\d)-(\d\d)T(\d\d:\d\d)/);
    if (when) $('[data-when]', panel).textContent = `${Number(when[1])}月${Number(when[2])}日 ${when[3]}`;
  });

  /* The others should know that somebody is at it; looking alone writes nothing, so the page says it by itself. */
  const beacon = $('[data-beacon]');
  if (beacon) fetch(beacon.action, {method: 'POST', body: new FormData(beacon), headers: {'X-Requested-With': 'fetch'}}).catch(() => {});

  addEventListener('pageshow', () => { paint(); countPanel(); });
  const stay = $('[data-stay]');
  if (stay) stay.focus();
})();
