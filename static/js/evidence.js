/* Evidence of a row: a photograph or paper chosen (on a telephone also taken) and sent once the row is saved. */
(() => {
  'use strict';

  class Proofs {
    constructor(entry) {
      Object.assign(this, {entry, grid: entry.grid});
      this.input = Object.assign(document.createElement('input'), {type: 'file', accept: entry.config.accept, hidden: true});
      this.input.setAttribute('aria-label', '证明的照片或文件');
      entry.page.append(this.input);
      this.input.addEventListener('change', () => this.chosen());
      this.grid.root.addEventListener('click', e => { const row = this.rowOf(e.target); if (row) this.choose(row); });
      this.grid.root.addEventListener('keydown', e => this.pressed(e));
    }

    rowOf(node) { return node.closest('[data-proof]')?.closest('tr').row; }
    button(row) { return row.tr.querySelector('[data-proof]'); }

    paint(row) {
      const button = this.button(row);
      if (!button) return;
      const asked = row.household && row.rule.evidence || 'none';
      const wanted = asked === 'required' && !row.proofs;
      button.hidden = asked === 'none';
      button.setAttribute('aria-disabled', String(Boolean(row.sending)));
      button.textContent = row.sending ? '正在传' : row.proofs ? `${row.proofs} 份` : wanted ? '必传' : '传';
      button.classList.toggle('is-wanted', wanted);
      button.setAttribute('aria-label', `第${row.number}行证明：${row.proofs ? `${row.proofs} 份，再传一份` : wanted ? '必传，还没有传' : '可以传'}`);
    }

    /* → at the end of the remark leads to the button, ← back; it takes no part in Tab, so that typing goes on as ever. */
    pressed(e) {
      const row = e.target.closest('tr')?.row;
      if (!row || e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
      const button = this.button(row);
      const to = e.target === button ? {ArrowLeft: row.note, ArrowUp: this.beside(row, -1), ArrowDown: this.beside(row, 1)}[e.key]
        : e.key === 'ArrowRight' && e.target === row.note && this.grid.atEdge(row.note, false) && button && !button.hidden && button;
      if (!to) return;
      e.preventDefault();
      to.focus();
    }

    beside(row, way) {
      const shown = this.grid.rows.filter(other => !other.removed && !this.button(other)?.hidden);
      const next = shown[shown.indexOf(row) + way];
      return next && this.button(next);
    }

    choose(row) {
      if (row.sending) return;
      row.commit();
      if (row.state === 'error') return this.grid.say(`第 ${row.number} 行先改好，再传证明`);
      this.row = row;
      this.input.value = '';
      this.input.click();
    }

    async chosen() {
      const {row, input} = this;
      const [file] = input.files;
      if (!file || row.sending) return;
      row.sending = true;
      this.paint(row);
      const said = await this.send(row, file).catch(() => '没有传上，网络断开，连上后再选一次');
      row.sending = false;
      this.paint(row);
      this.grid.say(`第 ${row.number} 行${said}`);
      this.entry.remember();
    }

    /* What to say about it. */
    async send(row, file) {
      if (!await this.grid.queue.empty()) return '还没保存，连上网络后再传证明';
      if (row.state === 'error') return '先改好，再传证明';
      const body = new FormData();
      Object.entries({batch: this.grid.batch, key: row.key, file}).forEach(([name, value]) => body.append(name, value));
      const response = await fetch(this.grid.urls.evidence, {method: 'POST', body, credentials: 'same-origin', redirect: 'manual',
        headers: {'X-CSRFToken': window.portal.token(), 'X-Requested-With': 'fetch'}});
      if (response.status === 401 || response.type === 'opaqueredirect') return this.signedOut();
      if (response.status === 422) return `证明没有传上：${await response.text()}`;
      if (!response.ok) return '证明没有传上，再选一次';
      row.proofs = (await response.json()).count;
      return '证明已传上';
    }

    signedOut() {
      document.body.dispatchEvent(new CustomEvent('session-expired', {bubbles: true}));
      return '证明没有传上，登录后再选一次';
    }
  }

  window.Proofs = Proofs;
})();
