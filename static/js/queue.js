/* Saving rows one by one, in order. A row leaves the queue only when the server has answered for it.
   Out of reach: again after 2, 5, 10, 20, 20 … seconds, or as soon as the browser is online. */
(() => {
  'use strict';
  const DELAYS = [2, 5, 10, 20];
  const TIMEOUT = 20000;

  /* randomUUID needs https or localhost; township intranets often have neither. */
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  async function post(url, values) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT);
    try {
      return await fetch(url, {method: 'POST', body: new URLSearchParams(values), signal: stop.signal, credentials: 'same-origin',
        redirect: 'manual', headers: {'X-CSRFToken': window.portal.token(), 'X-Requested-With': 'fetch'}});
    } finally {
      clearTimeout(timer);
    }
  }

  /* A row offers: stamp (changes with every edit), request() → {url, values} or null when there is nothing to send,
     and settled(status, response). */
  class SaveQueue {
    constructor(changed) {
      Object.assign(this, {changed, rows: [], busy: false, tries: 0, timer: 0, halted: false});
      addEventListener('online', () => this.now());
      ['portal:online', 'session-restored'].forEach(name => document.body.addEventListener(name, () => this.now()));
    }

    get size() { return this.rows.length; }
    get stalled() { return this.tries > 0 || this.halted; }

    push(row) {
      if (!this.rows.includes(row)) this.rows.push(row);
      window.portal.afterPicture(() => this.run());
    }

    now() {
      clearTimeout(this.timer);
      this.timer = 0;
      this.halted = false;
      this.run();
    }

    async run() {
      if (this.busy || this.timer || this.halted) return;
      this.busy = true;
      while (this.rows.length && await this.send(this.rows[0]));
      this.busy = false;
      this.changed();
    }

    /* True when the next row may follow. */
    async send(row) {
      const stamp = row.stamp;
      const request = row.request();
      if (!request) return this.done(row, stamp);
      let response;
      try {
        response = await post(request.url, request.values);
      } catch {
        return this.later();
      }
      if (response.status >= 500) return this.later();
      if (response.status === 401 || response.type === 'opaqueredirect') return this.halt();
      this.tries = 0;
      localStorage.setItem('portal-seen', String(Date.now()));
      await row.settled(response.status, response, stamp);
      return this.done(row, stamp);
    }

    /* A row edited while it was under way goes again, in its place. */
    done(row, stamp) {
      if (row.stamp === stamp) this.rows.shift();
      this.changed();
      return true;
    }

    later() {
      const delay = DELAYS[Math.min(this.tries++, DELAYS.length - 1)];
      this.timer = setTimeout(() => this.now(), delay * 1000);
      this.changed();
      return false;
    }

    halt() {
      this.halted = true;
      this.changed();
      document.body.dispatchEvent(new CustomEvent('session-expired', {bubbles: true}));
      return false;
    }

    /* Resolves once everything is on the server; false when that cannot be said now. */
    async empty() {
      while (this.rows.length && !this.stalled) await new Promise(wait => setTimeout(wait, 20));
      return !this.rows.length;
    }
  }

  window.SaveQueue = SaveQueue;
  window.SaveQueue.uuid = uuid;
  window.SaveQueue.post = post;
})();
