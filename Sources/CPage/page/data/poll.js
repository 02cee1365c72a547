// Asks again every two seconds while the page is seen; a reply that has not changed costs nothing.

import { request, wasAborted } from './api.js';

const EVERY = 2000;

export class Poll {
  /**
   * @param {string} url            what tells that something changed
   * @param {(signal: AbortSignal) => Promise<void>} load
   * @param {(error: unknown) => void} fail
   */
  constructor(url, load, fail) {
    this.url = url;
    this.load = load;
    this.fail = fail;
    this.etag = '';
    this.stopped = new AbortController();
    this.timer = 0;
    this.busy = false;
    this.now();
  }

  async now() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      if (document.visibilityState === 'visible' || !this.etag) await this.ask();
    } catch (error) {
      if (!wasAborted(error)) this.fail(error);
    } finally {
      this.busy = false;
      if (!this.stopped.signal.aborted) {
        this.timer = /** @type {any} */ (setTimeout(() => this.now(), EVERY));
      }
    }
  }

  async ask() {
    const { signal } = this.stopped;
    const reply = await request(this.url, { method: 'HEAD', cache: 'no-store', signal });
    const etag = reply.headers.get('ETag') ?? '';
    if (etag && etag === this.etag) return;
    await this.load(signal);
    this.etag = etag;
  }

  stop() {
    clearTimeout(this.timer);
    this.stopped.abort();
  }
}
