// Follows what happens by server-sent events, and knows within three seconds when it does not.

import { parse, plain } from '../core/json.js';

/** @typedef {'connecting' | 'live' | 'stale' | 'closed'} LiveState */

const EVENTS = ['step.begin', 'step.end', 'span.begin', 'span.end', 'attribute', 'stream.item',
  'mark', 'head', 'gap', 'generation', 'gone'];
const QUIET = 2000;

/**
 * @typedef {object} Surroundings  What a test puts in the place of the browser
 * @property {(app: string, events: string[]) => import('./shared.js').Source} connect
 * @property {(signal: AbortSignal) => Promise<unknown>} ping  Fails where the server is away
 * @property {() => number} now
 */

export class Live {
  /**
   * @param {string} app  project/application, percent-encoded
   * @param {Surroundings} around
   * @param {(type: string, data: any, exact: Map<string, any>) => void} event
   * @param {(state: LiveState) => void} changed
   */
  constructor(app, around, event, changed) {
    this.app = app;
    this.around = around;
    this.event = event;
    this.notify = changed;
    /** @type {LiveState} */
    this.state = 'connecting';
    /** @type {import('./shared.js').Source | null} */
    this.source = null;
    this.heard = around.now();
    this.timer = 0;
    this.asking = false;
  }

  start() {
    this.open();
    this.timer = /** @type {any} */ (setInterval(() => this.check(), 500));
  }

  open() {
    this.source?.close();
    this.source = this.around.connect(this.app, EVENTS);
    this.source.onopen = () => this.hear();
    this.source.onerror = () => this.become('stale');
    for (const type of EVENTS) {
      this.source.addEventListener(type, (message) => {
        this.hear();
        const exact = /** @type {Map<string, any>} */ (parse(message.data));
        const delta = exact.get('delta');
        exact.delete('delta');
        const data = plain(exact);
        if (delta !== undefined) exact.set('delta', delta);
        this.event(type, data, exact);
      });
    }
  }

  hear() {
    this.heard = this.around.now();
    this.become('live');
  }

  /** @param {LiveState} state */
  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.notify(state);
  }

  /** Asks the server whether it is there when nothing was heard for a while. */
  async check() {
    const now = this.around.now();
    if (this.asking || now - this.heard < QUIET) return;
    this.asking = true;
    try {
      await this.around.ping(/** @type {any} */ (AbortSignal).timeout(900));
      this.heard = this.around.now();
      if (this.source?.readyState === 2) this.open();
      else if (this.source?.readyState === 1) this.become('live');
    } catch {
      this.become('stale');
    } finally {
      this.asking = false;
    }
  }

  stop() {
    clearInterval(this.timer);
    this.source?.close();
    this.become('closed');
  }
}
