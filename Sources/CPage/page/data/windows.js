// The windows that are in memory: found by step, loaded at most two at a time, the least used
// dropped first.

import { StepWindow } from './window.js';

/** @typedef {(step: number, signal: AbortSignal) => Promise<StepWindow>} Load */

const MEMORY = 64 * 1024 * 1024;
const AT_ONCE = 2;

export class WindowStore {
  /**
   * @param {Load} load
   * @param {() => void} changed  called when a window has come or gone
   */
  constructor(load, changed) {
    this.load = load;
    this.changed = changed;
    /**
     * Sorted by first step.
     * @type {StepWindow[]}
     */
    this.windows = [];
    /** @type {Map<number, {stop: AbortController, done: Promise<StepWindow>}>} */
    this.flying = new Map();
    this.clock = 0;
    this.requests = 0;
  }

  /** @param {number} step @returns {StepWindow | null} */
  find(step) {
    let low = 0;
    let high = this.windows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const window = this.windows[middle];
      if (window.covers(step)) {
        window.used = ++this.clock;
        return window;
      }
      if (window.from < step) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }

  /**
   * Ranges of steps in memory.
   * @returns {[number, number][]}
   */
  ranges() {
    return this.windows.map(({ from, to }) => [from, to]);
  }

  /**
   * The window of a step, from memory or the server. Requests for other steps give way to it
   * when there are too many, those of `keep` last.
   * @param {number} step
   * @param {number[]} [keep]
   * @returns {Promise<StepWindow>}
   */
  get(step, keep = []) {
    const here = this.find(step);
    if (here) return Promise.resolve(here);
    const flying = this.flying.get(step);
    if (flying) return flying.done;
    while (this.flying.size >= AT_ONCE) {
      const victim = [...this.flying.keys()].find((other) => !keep.includes(other))
        ?? [...this.flying.keys()][0];
      this.flying.get(victim)?.stop.abort();
      this.flying.delete(victim);
    }
    const stop = new AbortController();
    this.requests++;
    const done = this.load(step, stop.signal).then((window) => {
      this.put(window);
      return window;
    }).finally(() => {
      if (this.flying.get(step)?.stop === stop) this.flying.delete(step);
    });
    this.flying.set(step, { stop, done });
    return done;
  }

  /** Whether a window is on its way. */
  get loading() {
    return this.flying.size > 0;
  }

  /** @param {StepWindow} window */
  put(window) {
    window.used = ++this.clock;
    this.windows = this.windows.filter(({ from, to }) => to < window.from || from > window.to);
    const at = this.windows.findIndex(({ from }) => from > window.from);
    this.windows.splice(at < 0 ? this.windows.length : at, 0, window);
    let weight = this.windows.reduce((sum, each) => sum + each.weight, 0);
    for (const old of [...this.windows].sort((a, b) => a.used - b.used)) {
      if (weight <= MEMORY || old === window) break;
      this.windows.splice(this.windows.indexOf(old), 1);
      weight -= old.weight;
    }
    this.changed();
  }

  /**
   * Forgets windows that may have grown since.
   * @param {(window: StepWindow) => boolean} which
   */
  drop(which) {
    const kept = this.windows.filter((window) => !which(window));
    if (kept.length === this.windows.length) return;
    this.windows = kept;
    this.changed();
  }

  clear() {
    for (const { stop } of this.flying.values()) stop.abort();
    this.flying.clear();
    this.windows = [];
    this.changed();
  }
}
