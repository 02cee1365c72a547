// The stream of an application, or of a project's list, by way of the worker that all tabs share;
// where there is none, a stream of its own.

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
 * @param {string} topic     project/application, or a project alone for its list; each part is
 *   percent-encoded
 * @param {string[]} events  the types of events that are wanted
 * @returns {Source}
 */
export function connect(topic, events) {
  if (!('SharedWorker' in globalThis)) return alone(topic);
  try {
    return new Shared(topic, events);
  } catch {
    return alone(topic);
  }
}

/** @param {string} topic @returns {Source} */
function alone(topic) {
  const query = topic.includes('/') ? { apps: topic, view: 'delta' }
    : { project: decodeURIComponent(topic) };
  return /** @type {any} */ (new EventSource(url(own(ADDRESS), query)));
}

/** @implements {Source} */
class Shared {
  /** @param {string} topic @param {string[]} events */
  constructor(topic, events) {
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
    worker.onerror = () => this.leave(topic);
    this.port.onmessage = ({ data }) => this.take(data, topic);
    this.join = () => this.port.postMessage({ topic, events, address: own(ADDRESS) });
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

  /** @param {any} message @param {string} topic */
  take(message, topic) {
    if (this.own) return;
    if (message.type === 'event') this.listeners.get(message.event)?.(message);
    else if (message.type === 'open') {
      this.readyState = 1;
      this.onopen?.();
    } else if (message.type === 'refused') this.leave(topic);
    else {
      this.readyState = 0;
      this.onerror?.();
    }
  }

  /**
   * Goes on without the worker.
   * @param {string} topic
   */
  leave(topic) {
    if (this.own || this.readyState === 2) return;
    this.disconnect();
    if (!topic.includes('/')) {
      // Lists can be asked for: that is no reason to hold a connection.
      this.readyState = 2;
      return this.onerror?.();
    }
    const source = this.own = alone(topic);
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
