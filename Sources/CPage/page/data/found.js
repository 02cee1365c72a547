// The steps that a filter lets through, page by page.

import { json, url } from './api.js';
import { micros } from '../core/format.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./window.js').Row} Row */

export class Found {
  /**
   * @param {Session} session
   * @param {import('../core/filter.js').StepFilter} filter
   * @param {() => void} changed
   */
  constructor(session, filter, changed) {
    this.session = session;
    this.filter = filter;
    this.changed = changed;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {string | null} */
    this.next = '';
    this.busy = false;
    /** @type {string | null} */
    this.problem = null;
    this.stopped = new AbortController();
    this.more();
  }

  get done() {
    return this.next === null;
  }

  /** Gets the page after those that are here. */
  async more() {
    if (this.busy || this.next === null) return;
    this.busy = true;
    const [from, to] = this.session.bounds();
    try {
      const page = await json(url(`${this.session.url}/steps`, { ...this.filter, from, to,
        limit: 500, cursor: this.next }), { signal: this.stopped.signal });
      for (const item of page.items) {
        this.rows.push({ step: item.step, action: item.action, failed: item.status === 'failed',
          start: micros(item.start) ?? 0, duration: item.duration_us, size: item.size,
          changed: item.changed });
      }
      this.next = page.next;
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      this.problem = /** @type {Error} */ (error).message;
      this.next = null;
    } finally {
      this.busy = false;
    }
    this.changed();
  }

  /**
   * The row's place of the step, or of the one before it.
   * @param {number} step
   */
  place(step) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].step <= step) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  stop() {
    this.stopped.abort();
  }
}
