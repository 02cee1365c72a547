// One open application: where we are in it, what is in memory of it, and what is asked for.

import { Emitter } from './emitter.js';
import { Timeline } from './timeline.js';
import { WindowStore } from './windows.js';
import { StepWindow } from './window.js';
import { appUrl, exact, json, url, wasAborted } from './api.js';
import { local } from '../core/refs.js';

/** @typedef {import('../core/json.js').Value} Value */
/** @typedef {import('../core/refs.js').View} View */
/**
 * @typedef {object} Shown  What the state pane shows
 * @property {number} step          the step whose state it is
 * @property {Value | undefined} state
 * @property {Value | undefined} base
 * @property {number | null} baseStep  null: what the step's action saw
 * @property {boolean} current      whether it is the step that the playhead is at
 * @property {string | null} problem
 * @property {string | null} [note]  what is not known of it
 */

/**
 * A row, perhaps without the keys that it changed.
 * @typedef {Omit<import('./window.js').Row, 'changed'> & {changed?: string[]}} Known
 */

/** How long the playhead rests before a window is asked for, in milliseconds. */
const DWELL = 60;
/** So many places of damage in a window are bridged. */
const SHORES = 8;

export class Session extends Emitter {
  /** @param {string} project @param {string} app @param {View} view */
  constructor(project, app, view) {
    super();
    this.project = project;
    this.app = app;
    this.url = appUrl(project, app);
    /**
     * The server's summary.
     * @type {any}
     */
    this.about = null;
    /** @type {string | null} */
    this.g = null;
    this.first = 0;
    this.head = -1;
    this.step = 0;
    this.follow = view.step === null;
    /** @type {number | null} */
    this.base = null;
    this.path = view.path ?? '';
    this.view = view.view ?? 'state';
    this.side = view.side ?? 'step';
    /** @type {[number, number]} */
    this.win = [0, 0];
    this.zoomed = view.win !== null;
    /** @type {[number, number] | null} */
    this.focus = view.focus;
    this.axis = view.axis;
    this.compress = false;
    this.pins = view.pins;
    this.filter = view.q ?? '';
    /** @type {number | null} */
    this.hover = null;
    /** @type {any[]} */
    this.marks = [];
    /**
     * The step that is running.
     * @type {any}
     */
    this.running = null;
    /** The head when we left it. */
    this.left = -1;
    /** @type {import('./live.js').LiveState} */
    this.connection = 'connecting';
    /** @type {string | null} */
    this.failure = null;
    this.direction = 1;
    /** Whether a pointer holds the playhead: then only what is in memory moves. */
    this.dragging = false;
    /** @type {Shown | null} */
    this.shown = null;
    this.timeline = new Timeline((query) => this.fetchCells(query),
      () => this.changed('cells'));
    this.windows = new WindowStore((step, signal) => this.fetchWindow(step, signal),
      () => this.changed('windows'));
    this.dwell = 0;
    /** @type {(message: string) => void} tells what went wrong and can be done without */
    this.complain = () => {};
  }

  // What is asked of the server.

  /** @param {any} query */
  fetchCells(query) {
    return json(url(`${this.url}/timeline`, { ...query, g: this.g }));
  }

  /** @param {number} step @param {AbortSignal} signal */
  async fetchWindow(step, signal) {
    const { value, length } = await exact(url(`${this.url}/windows/${step}`, { g: this.g }), {
      signal, headers: { Accept: 'application/vnd.burr.window+json' },
    });
    const window = StepWindow.read(value, length);
    if (window.problems.size) await this.ashore(window, signal);
    return window;
  }

  /**
   * Asks for the states behind damage, which no delta leads to.
   * @param {StepWindow} window
   * @param {AbortSignal} signal
   */
  async ashore(window, signal) {
    for (const step of window.shores().slice(0, SHORES)) {
      try {
        const { value } = await exact(url(`${this.url}/states/${step}`,
          { g: this.g, max_bytes: 1_000_000 }), { signal });
        window.learn(step, value.get('value'));
      } catch (error) {
        if (wasAborted(error)) throw error;
      }
    }
  }

  /**
   * Takes in the server's summary.
   * @param {any} about
   */
  learn(about) {
    this.about = about;
    this.g = about.g;
    this.running = about.running;
    this.first = about.first ?? about.running?.step ?? 0;
    this.head = about.head?.step ?? this.first - 1;
    this.timeline.first = this.first;
    this.timeline.head = this.head;
    this.changed('about');
  }

  /**
   * Loads what the first picture needs.
   * @param {View} view
   */
  async open(view) {
    this.learn(await json(this.url));
    this.left = this.head;
    this.win = view.win ? this.clampRange(view.win) : [this.first, this.last()];
    this.focus = view.focus && this.clampRange(view.focus);
    if (view.step !== null) this.step = await this.resolve(view.step);
    else this.step = this.last();
    await this.compare(view.base);
    const cells = this.head >= this.first
      ? this.timeline.open(this.head - this.first + 1) : Promise.resolve();
    const wanted = this.head < this.first ? [] : [Math.min(this.step, this.head)];
    if (wanted.length && this.base !== null) wanted.push(this.base);
    const windows = wanted.map((step) => this.windows.get(step, wanted)
      .catch((error) => this.fail(error)));
    await Promise.all([cells, ...windows]);
    this.changed('step', 'win', 'view');
  }

  /** Loads what the second picture needs. */
  more() {
    json(`${this.url}/marks`).then((reply) => {
      this.marks = reply.items;
      this.changed('marks');
    }).catch(() => {});
    this.ahead();
  }

  /**
   * The step that a ref names.
   * @param {string} ref
   * @returns {Promise<number>}
   */
  async resolve(ref) {
    const step = local(ref, this.first, this.head);
    if (step !== null && step >= this.first && step <= this.last()) return step;
    const state = await json(url(`${this.url}/states/${encodeURIComponent(ref)}`,
      { depth: 0, max_bytes: 256 }));
    return state.step;
  }

  /**
   * Compares with what a ref names; where there is no such step, with the step before.
   * @param {string | null} ref
   */
  async compare(ref) {
    try {
      this.base = ref === null ? null : Math.min(await this.resolve(ref), this.head);
    } catch (error) {
      this.base = null;
      this.complain(`It is compared with the step before: ${
        /** @type {Error} */ (error).message}`);
    }
  }

  // Where we are.

  /** How many steps came while we were elsewhere, told of one by one or not. */
  get behind() {
    return this.follow ? 0 : Math.max(0, this.head - this.left);
  }

  /** The last step there is anything of. */
  last() {
    return Math.max(this.head, this.running?.step ?? this.head);
  }

  /** @returns {[number, number]} the focus window, or everything */
  bounds() {
    return this.focus ?? [this.first, this.last()];
  }

  /** @param {number} step */
  clamp(step) {
    return Math.min(this.last(), Math.max(this.first, Math.round(step)));
  }

  /** @param {[number, number]} range @returns {[number, number]} */
  clampRange([from, to]) {
    const low = this.clamp(Math.min(from, to));
    return [low, Math.max(low, this.clamp(Math.max(from, to)))];
  }

  /**
   * Moves the playhead. A jump is something to come back from; the steps of a drag are not.
   * @param {number} step
   * @param {{jump?: boolean, follow?: boolean}} [how]
   */
  go(step, how = {}) {
    const { jump = true, follow = false } = how;
    const to = this.clamp(step);
    // So that where the jump began is known before it.
    if (jump && this.frame) this.flush();
    this.detach(follow);
    if (to === this.step) return;
    this.direction = Math.sign(to - this.step) || 1;
    this.step = to;
    this.reveal();
    this.changed('step', jump ? 'jump' : 'drag');
    this.load();
  }

  /**
   * Follows the head, or no longer.
   * @param {boolean} follow
   */
  detach(follow) {
    if (this.follow === follow) return;
    this.follow = follow;
    this.left = this.head;
    this.changed('follow');
  }

  toHead() {
    this.detach(true);
    if (this.step !== this.last()) this.go(this.last(), { follow: true });
  }

  /** Moves the zoomed window so that it holds the playhead. */
  reveal() {
    const [from, to] = this.win;
    if (this.step >= from && this.step <= to) return;
    const width = to - from;
    const left = this.follow ? this.step - width : Math.round(this.step - width / 2);
    const begin = Math.max(this.first, Math.min(left, this.last() - width));
    this.win = [begin, begin + width];
    this.changed('win');
  }

  /** @param {[number, number]} win */
  zoom(win) {
    const [from, to] = this.clampRange(win);
    this.win = to - from < 4 ? this.clampRange([from - 2, to + 2]) : [from, to];
    this.zoomed = this.win[0] > this.first || this.win[1] < this.last();
    this.changed('win', 'place');
  }

  /**
   * Sets one of the plain choices: path, view, side, axis, base, focus, filter, hover, ...
   * @template {keyof this} K
   * @param {K} name
   * @param {this[K]} value
   */
  set(name, value) {
    if (this[name] === value) return;
    this[name] = value;
    this.changed(String(name), name === 'hover' ? 'hover' : 'place');
  }

  // The state that is shown.

  /** Asks for the window of the playhead, at once or after a rest. */
  load() {
    clearTimeout(this.dwell);
    const step = Math.min(this.step, this.head);
    if (step < this.first) return;
    if (this.here(step) && this.here(this.base)) return this.ahead();
    this.dwell = /** @type {any} */ (setTimeout(() => this.fetch(step), DWELL));
  }

  /** @param {number | null} step  whether its state is in memory; none always is */
  here(step) {
    return step === null || this.windows.find(step) !== null;
  }

  /** @param {number} step */
  fetch(step) {
    const keep = [step, this.base ?? step];
    const both = keep.map((each) => this.windows.get(each, keep));
    Promise.all(both).then(() => this.ahead(), (error) => this.fail(error));
  }

  /** Loads the neighbours of the window that we are in. */
  ahead() {
    const here = this.windows.find(this.step);
    const saving = /** @type {any} */ (navigator).connection?.saveData;
    if (!here || saving || this.windows.loading) return;
    const near = this.direction > 0 ? [here.to + 1, here.from - 1] : [here.from - 1, here.to + 1];
    const next = near.find((step) =>
      step >= this.first && step <= this.head && !this.windows.find(step));
    if (next !== undefined) {
      this.windows.get(next, [this.step, this.base ?? this.step])
        .then(() => this.ahead(), () => {});
    }
  }

  /** @param {unknown} error */
  fail(error) {
    if (wasAborted(error)) return;
    this.failure = error instanceof Error ? error.message : String(error);
    this.changed('failure');
  }

  /**
   * What the state pane shows now: the state at the playhead, or the last one there was, which
   * then says so.
   * @returns {Shown | null}
   */
  look() {
    const running = this.running && this.step === this.running.step && this.step > this.head;
    const step = Math.min(this.step, this.head);
    const window = this.windows.find(step);
    if (window && window.place(step) >= 0) {
      this.failure = null;
      this.shown = this.read(window, step, running);
    } else if (window) {
      this.shown = { step, state: undefined, base: undefined, baseStep: this.base, current: true,
        problem: `Step ${step} was not recorded.` };
    } else if (this.shown) this.shown = { ...this.shown, current: false };
    return this.shown;
  }

  /** @param {StepWindow} window @param {number} step @param {boolean} running @returns {Shown} */
  read(window, step, running) {
    try {
      const state = window.after(step);
      const baseStep = this.base === this.step ? null : this.base;
      let base;
      let note = null;
      if (running && baseStep === null) base = state;
      else if (baseStep === null) {
        try {
          base = window.recorded || step > window.from ? window.before(step) : undefined;
        } catch {
          base = state;
          note = `The state before step ${step} is lost: what it changed is not known.`;
        }
      } else if (this.here(baseStep)) base = this.windows.find(baseStep)?.after(baseStep);
      else {
        base = state;
        note = `Step ${baseStep}, which this is compared with, is loading.`;
      }
      return { step, state, base, baseStep, current: true, problem: null, note };
    } catch (error) {
      return { step, state: undefined, base: undefined, baseStep: this.base, current: true,
        problem: /** @type {Error} */ (error).message };
    }
  }

  /**
   * What of the windows in memory is damaged, in words; the server learns of damage in a segment
   * that is written to only where it is read.
   * @returns {string | null}
   */
  damage() {
    const steps = this.windows.windows.flatMap(({ problems }) => [...problems.keys()]);
    if (!steps.length) return null;
    const [first, last] = [Math.min(...steps), Math.max(...steps)];
    const reason = this.windows.find(first)?.problems.get(first) ?? '';
    return `The log is damaged: of ${first === last ? `step ${first}`
      : `${steps.length} steps from ${first} to ${last}`} it is not known what they changed${
      reason ? ` (${reason})` : ''}.`;
  }

  /**
   * What is known of a step without a request.
   * @param {number} step
   * @returns {Known | null}
   */
  row(step) {
    const window = this.windows.find(step);
    const row = window?.row(step);
    if (row && window?.problems.has(step)) return { ...row, changed: undefined };
    return row ?? this.timeline.row(step);
  }

  stop() {
    clearTimeout(this.dwell);
    this.windows.clear();
    super.stop();
  }
}
