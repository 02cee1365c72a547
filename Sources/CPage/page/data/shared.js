// The stream of an application by way of the worker that all tabs share; where there is none, a
// stream of its own.

import { url } from './api.js';
import { own } from '../core/refs.js';

/**
 * As much of an `EventSource` as is needed.
 * @typedef {object} Source
 * @property {number} readyState
 * @property {(() => void) | null} onopen
 * @property {(() => void) | null} onerror
 * @property {(type: string, run: (event: {data: string}) => void) => void} addEventListener
 * @property {() => void} close
 */

const ADDRESS = '/api/v1/stream';

/**
 * @param {string} app       project/application, percent-encoded
 * @param {string[]} events  the types of events that are wanted
 * @returns {Source}
 */
export function connect(app, events) {
  if (!('SharedWorker' in globalThis)) return alone(app);
  try {
    return new Shared(app, events);
  } catch {
    return alone(app);
  }
}

/** @param {string} app @returns {Source} */
function alone(app) {
  return /** @type {any} */ (new EventSource(url(own(ADDRESS), { apps: app, view: 'delta' })));
}

/** @implements {Source} */
class Shared {
  /** @param {string} app @param {string[]} events */
  constructor(app, events) {
    this.readyState = 0;
    /** @type {(() => void) | null} */
    this.onopen = null;
    /** @type {(() => void) | null} */
    this.onerror = null;
    /** @type {Map<string, (event: {data: string}) => void>} */
    this.listeners = new Map();
    /** @type {Source | null} */
    this.own = null;
    const worker = new SharedWorker(own('/streams.js'), { name: 'burr-streams' });
    this.port = worker.port;
    worker.onerror = () => this.leave(app);
    this.port.onmessage = ({ data }) => this.take(data, app);
    this.join = () => this.port.postMessage({ app, events, address: own(ADDRESS) });
    this.part = () => this.port.postMessage({});
    this.back = (/** @type {PageTransitionEvent} */ event) => event.persisted && this.join();
    addEventListener('pagehide', this.part);
    addEventListener('pageshow', this.back);
    this.join();
  }

  /** @param {string} type @param {(event: {data: string}) => void} run */
  addEventListener(type, run) {
    this.listeners.set(type, run);
  }

  /** @param {any} message @param {string} app */
  take(message, app) {
    if (this.own) return;
    if (message.type === 'event') this.listeners.get(message.event)?.(message);
    else if (message.type === 'open') {
      this.readyState = 1;
      this.onopen?.();
    } else if (message.type === 'refused') this.leave(app);
    else {
      this.readyState = 0;
      this.onerror?.();
    }
  }

  /**
   * Goes on without the worker.
   * @param {string} app
   */
  leave(app) {
    if (this.own || this.readyState === 2) return;
    this.disconnect();
    const source = this.own = alone(app);
    const follow = (/** @type {(() => void) | null} */ run) => {
      this.readyState = source.readyState;
      run?.();
    };
    source.onopen = () => follow(this.onopen);
    source.onerror = () => follow(this.onerror);
    for (const [type, run] of this.listeners) source.addEventListener(type, run);
  }

  disconnect() {
    removeEventListener('pagehide', this.part);
    removeEventListener('pageshow', this.back);
    this.part();
  }

  close() {
    if (this.readyState === 2) return;
    this.readyState = 2;
    if (this.own) this.own.close();
    else this.disconnect();
  }
}
