// Keeps a list as it is now: told by the stream, or where that is not open by asking every two
// seconds while the page is seen; a reply that has not changed costs nothing.

import { request, wasAborted } from './api.js';
import { connect } from './shared.js';

const EVERY = 2000;

export class Poll {
  /**
   * @param {string} url            what tells that something changed
   * @param {(signal: AbortSignal) => Promise<void>} load
   * @param {(error: unknown) => void} report  what went wrong; null when all is well again
   */
  constructor(url, load, report) {
    this.url = url;
    this.load = load;
    this.report = report;
    this.etag = '';
    this.stopped = new AbortController();
    this.timer = 0;
    this.busy = false;
    /** Whether to ask once more as soon as the reply is there. */
    this.again = false;
    /** Whether the stream tells when to ask. */
    this.told = false;
    /** @type {import('./shared.js').Source | null} */
    this.source = null;
    this.now();
  }

  /**
   * Lets the stream tell what happens to a project's list.
   * @param {string} project
   * @param {(row: any) => void} row  takes in what became of one of its rows
   */
  follow(project, row) {
    const source = this.source = connect(encodeURIComponent(project), []);
    source.onerror = () => {
      this.told = false;
      this.now();
    };
    source.addEventListener('list', () => {
      this.told = true;
      this.now();
    });
    source.addEventListener('app', ({ data }) => {
      // The reply that is on its way may be older.
      if (this.busy) this.again = true;
      row(JSON.parse(data));
    });
  }

  /** Asks, and after a while again where nobody tells. */
  async now() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    try {
      do {
        this.again = false;
        if (document.visibilityState === 'visible' || !this.etag || this.told) await this.ask();
      } while (this.again);
      this.report(null);
    } catch (error) {
      if (!wasAborted(error)) this.report(error);
    } finally {
      this.busy = false;
      if (!this.stopped.signal.aborted) {
        this.timer = /** @type {any} */ (setTimeout(() => this.told || this.now(), EVERY));
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
    this.source?.close();
    this.stopped.abort();
  }
}
