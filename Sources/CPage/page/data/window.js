// A window of steps: a keyframe and what each step changed. Gives the state at any of its steps
// without a request.

import { plain } from '../core/json.js';
import { apply, operations } from '../core/patch.js';

/** @typedef {import('../core/json.js').Value} Value */
/** @typedef {import('../core/patch.js').Operation} Operation */
/**
 * @typedef {object} Row
 * @property {number} step
 * @property {string} action
 * @property {boolean} failed
 * @property {number} start      microseconds since 1970
 * @property {number} duration   microseconds
 * @property {number} size       bytes of the state after
 * @property {string[]} changed  top-level keys
 */

/** A whole state is kept at every so many steps; between them deltas are applied. */
const STRIDE = 32;

export class StepWindow {
  /**
   * @param {object} parts
   * @param {number} parts.from
   * @param {number} parts.to
   * @param {boolean} parts.sealed
   * @param {Value} parts.keyframe     the state before the first step
   * @param {boolean} parts.recorded   whether that state is known
   * @param {string[]} parts.elided    pointers of keys that are too big to be sent
   * @param {Row[]} parts.rows
   * @param {(Operation[] | Value | null)[]} parts.deltas   one per row
   * @param {Map<number, string>} parts.problems
   * @param {number} parts.weight      about as many bytes of memory
   */
  constructor(parts) {
    this.from = parts.from;
    this.to = parts.to;
    this.sealed = parts.sealed;
    this.recorded = parts.recorded;
    this.elided = parts.elided;
    this.rows = parts.rows;
    this.deltas = parts.deltas;
    this.problems = parts.problems;
    this.weight = parts.weight;
    this.used = 0;
    /**
     * States after so many rows.
     * @type {Map<number, Value>}
     */
    this.states = new Map([[0, parts.keyframe]]);
    /** @type {{count: number, state: Value} | null} */
    this.last = null;
  }

  /**
   * From the server's reply.
   * @param {Map<string, any>} reply
   * @param {number} length  of its text
   */
  static read(reply, length) {
    const columns = plain(reply.get('rows'));
    const actions = plain(reply.get('actions'));
    const keys = plain(reply.get('keys'));
    const keyframe = reply.get('keyframe');
    const rows = columns.step.map((/** @type {number} */ step, /** @type {number} */ i) => ({
      step,
      action: actions[columns.action[i]] ?? '?',
      failed: columns.status[i] === 1,
      start: columns.start_us[i],
      duration: columns.duration_us[i],
      size: columns.size[i],
      changed: columns.changed[i].map((/** @type {number} */ key) => keys[key]),
    }));
    const problems = plain(reply.get('problems') ?? []);
    return new StepWindow({
      from: Number(reply.get('from')),
      to: Number(reply.get('to')),
      sealed: reply.get('sealed') === true,
      keyframe: keyframe.get('state') ?? null,
      recorded: keyframe.get('recorded') !== false,
      elided: plain(keyframe.get('elided') ?? []),
      rows,
      deltas: reply.get('deltas'),
      problems: new Map(problems.map((/** @type {any} */ p) => [p.step, p.reason])),
      weight: length * 3,
    });
  }

  /**
   * The row's place, or -1.
   * @param {number} step
   */
  place(step) {
    let low = 0;
    let high = this.rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].step === step) return middle;
      if (this.rows[middle].step < step) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** @param {number} step @returns {Row | null} */
  row(step) {
    return this.rows[this.place(step)] ?? null;
  }

  /** @param {number} step */
  covers(step) {
    return step >= this.from && step <= this.to;
  }

  /**
   * What a step changed; null where that is not known.
   * @param {number} step
   */
  delta(step) {
    return this.deltaAt(this.place(step));
  }

  /** @param {number} place @returns {Operation[] | null} */
  deltaAt(place) {
    const raw = this.deltas[place];
    if (raw === null || raw === undefined) return null;
    const list = /** @type {any[]} */ (raw);
    if (!list.length || !(list[0] instanceof Map)) return list;
    const patch = operations(list);
    const inside = this.elided.length
      ? patch.filter(({ path }) => !this.elided.some((key) => path.startsWith(key + '/')))
      : patch;
    this.deltas[place] = inside;
    return inside;
  }

  /**
   * The state after a step.
   * @param {number} step
   * @returns {Value}
   * @throws where a delta on the way is not known
   */
  after(step) {
    const place = this.place(step);
    if (place < 0) throw new Error(`Step ${step} was not recorded.`);
    return this.state(place + 1);
  }

  /**
   * The state that a step's action saw.
   * @param {number} step
   * @returns {Value}
   */
  before(step) {
    const place = this.place(step);
    if (place < 0) throw new Error(`Step ${step} was not recorded.`);
    return this.state(place);
  }

  /**
   * The state after so many rows.
   * @param {number} count
   * @returns {Value}
   */
  state(count) {
    if (!this.recorded) {
      // A step that replaces the whole state makes all after it known.
      const first = this.deltaAt(0)?.[0];
      if (count === 0 || first?.path !== '') throw new Error('No state was recorded here.');
    }
    let at = count;
    while (!this.states.has(at) && this.last?.count !== at) at--;
    let state = /** @type {Value} */ (
      this.states.has(at) ? this.states.get(at) : this.last?.state);
    while (at < count) {
      const patch = this.deltaAt(at);
      const { step } = this.rows[at];
      if (!patch) throw new Error(this.problems.get(step) ?? `What step ${step} changed is lost.`);
      state = apply(state, patch);
      at++;
      if (at % STRIDE === 0) this.states.set(at, state);
    }
    this.last = { count, state };
    return state;
  }

  /**
   * The steps behind damage at which states can be rebuilt again, from a later snapshot: the
   * first one of each run of them.
   */
  shores() {
    return this.rows.filter((_, i) => i > 0 && this.deltaAt(i) && !this.deltaAt(i - 1))
      .map(({ step }) => step);
  }

  /**
   * Takes in the state after a step, from where states go on.
   * @param {number} step
   * @param {Value} state
   */
  learn(step, state) {
    this.states.set(this.place(step) + 1, state);
  }

  /**
   * The nearest step whose state can be rebuilt, or null.
   * @param {number} step
   * @param {1 | -1} way
   */
  near(step, way) {
    for (let at = this.place(step) + way; this.rows[at]; at += way) {
      if (!this.deltaAt(at)) continue;
      try {
        this.state(at + 1);
        return this.rows[at].step;
      } catch {
        // Not here either.
      }
    }
    return null;
  }

  /**
   * Takes in a step that has just ended.
   * @param {Row} row
   * @param {Operation[]} delta
   */
  append(row, delta) {
    this.rows.push(row);
    this.deltas.push(delta);
    this.to = row.step;
    this.weight += 300;
  }
}
