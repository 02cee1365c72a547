// A state as indented JSON, of which only what has changed is written anew.

import { arrange, h } from './dom.js';
import { stringify } from '../core/json.js';
import { integer } from '../core/format.js';

/** @typedef {import('../core/json.js').Value} Value */

/**
 * A member of the state, or all of it: its text in parts that cost nothing until they are seen.
 * @typedef {{value: Value | undefined, after: string, length: number, texts: string[],
 *   els: HTMLElement[]}} Written
 */

/** A member of so many lines is laid out although it may not be in sight. */
const FEW = 20;

/** So many lines of a text are laid out together, when they come into sight. */
const LINES = 200;

/** Of a very large state so many characters are shown, and what they end in. */
const LARGE = 1_000_000;

export class RawView {
  constructor() {
    this.el = h('pre', { class: 'raw', tabindex: 0, 'aria-label': 'State as JSON' });
    /** @type {Map<string | null, Written>} */
    this.written = new Map();
    /** @type {Value | undefined} */
    this.shown = undefined;
  }

  /** @param {Value | undefined} state */
  show(state) {
    if (this.shown === state && this.written.size) return;
    this.shown = state;
    const last = this.written;
    this.written = new Map();
    if (!(state instanceof Map) || !state.size) {
      arrange(this.el, this.write(last, null, state, '', ''));
      return;
    }
    /** @type {HTMLElement[]} */
    const parts = [this.line('{')];
    let [length, count] = [0, 0];
    for (const [key, item] of state) {
      if (length > LARGE) {
        const left = integer(state.size - count);
        parts.push(this.line(`  \u2026 ${left} more: "State as JSON" copies all`));
        break;
      }
      const after = ++count < state.size ? ',' : '';
      parts.push(...this.write(last, key, item, `  ${JSON.stringify(key)}: `, after));
      length += this.written.get(key)?.length ?? 0;
    }
    arrange(this.el, [...parts, this.line('}')]);
  }

  /** @param {string} text @param {number} lines  of all parts together */
  part(text, lines) {
    return h('div', { class: lines > FEW && 'much' }, text);
  }

  /** @param {string} text */
  line(text) {
    return h('div', null, text);
  }

  /**
   * @param {Map<string | null, Written>} last
   * @param {string | null} key
   * @param {Value | undefined} value
   * @param {string} before
   * @param {string} after  what stands behind the value
   */
  write(last, key, value, before, after) {
    const old = last.get(key);
    let made = old;
    if (!made || made.value !== value || made.after !== after) {
      const whole = before + stringify(value, 2, key === null ? '' : '  ') + after;
      const lines = whole.split('\n');
      const texts = [];
      for (let i = 0; i < lines.length; i += LINES) {
        texts.push(lines.slice(i, i + LINES).join('\n'));
      }
      made = { value, after, length: whole.length, texts, els: texts.map((text, i) =>
        (old && old.texts[i] === text ? old.els[i] : this.part(text, lines.length))) };
    }
    this.written.set(key, made);
    return made.els;
  }
}
