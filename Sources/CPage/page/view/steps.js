// The list of steps: all of them, or those that a filter lets through.

import { attribute, h, replace, text } from './dom.js';
import { icon } from './icons.js';
import { VirtualList } from './vlist.js';
import { Found } from '../data/found.js';
import { parseFilter } from '../core/filter.js';
import { duration, integer, micros, plural } from '../core/format.js';
import { appPath } from '../core/refs.js';

/** @typedef {import('../data/session.js').Session} Session */
/** @typedef {import('./colors.js').Colors} Colors */

/** Names of so many letters have room in a window that is wide enough for all panes. */
const ROOMY = 12;
/** Rows on either side that are in memory before they are seen. */
const AHEAD = 300;

export class Steps {
  /** @param {Session} session @param {() => Colors} colors */
  constructor(session, colors) {
    this.session = session;
    this.colors = colors;
    /** @type {Found | null} */
    this.found = null;
    this.longest = 1;
    /** The longest duration when all bars were drawn. */
    this.scale = 1;
    /** Where the playhead's row was last. */
    this.current = -1;
    /** @type {Map<number, any[]>} */
    this.children = new Map();
    this.input = h('input', { type: 'search', placeholder: 'Filter: action, failed, >250ms \u2026',
      'aria-label': 'Filter steps', value: session.filter, spellcheck: 'false',
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      oninput: () => this.typed() });
    this.note = h('div', { class: 'note', role: 'status' });
    this.list = new VirtualList({ row: 26, create: () => this.row(),
      fill: (el, i) => this.fill(el, i), seen: (first, last) => this.seen(first, last),
      properties: { role: 'listbox', 'aria-label': 'Steps' } });
    this.el = h('section', { class: 'pane steps', 'aria-label': 'Steps' },
      h('div', { class: 'pane-head' }, this.input), this.note, this.list.el);
    /** Until rows that came into sight are asked for. */
    this.timer = 0;
    /** Until what is typed is applied. */
    this.typing = 0;
    if (session.filter) this.apply();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === 'Escape') {
      this.input.value = '';
      this.apply();
      this.list.el.focus();
    } else if (event.key === 'Enter' && this.found?.rows.length) {
      const after = this.found.rows.find(({ step }) => step > this.session.step);
      this.session.go((after ?? this.found.rows[0]).step);
    } else if (event.key === 'ArrowDown') this.list.el.focus();
    else return;
    event.preventDefault();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = /** @type {any} */ (setTimeout(() => this.apply(), 180));
  }

  /**
   * Shows what is filtered for, from an action's name for example.
   * @param {string} filter
   */
  filterBy(filter) {
    this.input.value = filter;
    this.apply();
  }

  apply() {
    const { session } = this;
    const typed = this.input.value.trim();
    session.set('filter', typed);
    this.found?.stop();
    this.found = null;
    if (typed) {
      const { actions, keys } = session.about ?? { actions: [], keys: [] };
      const { filter, problem } = parseFilter(typed, actions, keys);
      if (problem) {
        text(this.note, problem);
        this.list.setCount(0);
        return;
      }
      this.found = new Found(session, filter, () => this.draw());
    }
    this.draw();
  }

  /** How many rows there are. */
  count() {
    const [from, to] = this.session.bounds();
    return this.found ? this.found.rows.length : Math.max(0, to - from + 1);
  }

  /** @param {number} index */
  stepAt(index) {
    return this.found ? this.found.rows[index].step : this.session.bounds()[0] + index;
  }

  draw() {
    const { session, found } = this;
    if (!session.about) return;
    this.children = new Map();
    for (const child of session.about.children ?? []) {
      this.children.set(child.step, [...(this.children.get(child.step) ?? []), child]);
    }
    const more = found && !found.done ? '+' : '';
    text(this.note, found?.problem ?? (found ? `${plural(found.rows.length, 'step')}${more} found`
      : session.focus ? `${plural(this.count(), 'step')} in the focus window` : ''));
    this.note.hidden = !this.note.textContent;
    this.list.setCount(this.count());
    this.list.draw();
  }

  /** Brings the playhead's row into sight. */
  follow() {
    const { session, found } = this;
    const at = found ? found.place(session.step) : session.step - session.bounds()[0];
    this.list.show(Math.min(at, this.count() - 1));
    // Of the rows that stay only two look different.
    this.list.refill(this.current);
    this.list.refill(at);
  }

  /** @param {number} first @param {number} last */
  seen(first, last) {
    if (this.scale !== this.longest) {
      this.scale = this.longest;
      this.list.draw();
      return;
    }
    if (this.found) {
      if (last >= this.found.rows.length - 20) this.found.more();
      return;
    }
    clearTimeout(this.timer);
    if (this.session.dragging) return;
    this.timer = /** @type {any} */ (setTimeout(() => {
      const { timeline } = this.session;
      // What is seen first, then what a drag may bring next.
      for (const i of [first, last, first - AHEAD, last + AHEAD]) {
        if (i >= 0 && i < this.count()) timeline.row(this.stepAt(i), true);
      }
    }, 80));
  }

  row() {
    return h('div', { class: 'step', role: 'option', onclick: (/** @type {MouseEvent} */ event) => {
      const step = Number(/** @type {HTMLElement} */ (event.currentTarget).dataset.step);
      this.session.go(step);
      this.list.el.focus({ preventScroll: true });
    } }, h('span', { class: 'n num' }), h('span', { class: 'mark' }),
    h('span', { class: 'act' }, h('span', { class: 'chip' })), h('span', { class: 'kin' }),
    h('span', { class: 'bar2' }), h('span', { class: 'time num' }));
  }

  /** @param {HTMLElement} el @param {number} index */
  fill(el, index) {
    const { session } = this;
    const step = this.stepAt(index);
    const row = this.found?.rows[index] ?? session.row(step);
    const running = session.running?.step === step && step > session.head;
    const [n, mark, act, kin, bar, time] = /** @type {any} */ (el.children);
    el.dataset.step = String(step);
    el.id = `step-${step}`;
    const current = step === session.step;
    el.classList.toggle('current', current);
    el.classList.toggle('based', step === session.base);
    attribute(el, 'aria-selected', String(current));
    if (current) {
      this.current = index;
      attribute(this.list.el, 'aria-activedescendant', el.id);
    }
    text(n, integer(step));
    const status = running ? session.running.status : row?.failed ? 'failed' : '';
    if (mark.dataset.status !== status) {
      mark.dataset.status = status;
      mark.className = `mark status ${status}`;
      replace(mark, status && icon(status), status
        && h('span', { class: 'hidden-text' }, status));
    }
    const action = running ? session.running.action : row?.action ?? '';
    const chip = act.firstChild;
    text(chip, action);
    chip.hidden = !action;
    chip.classList.toggle('long', action.length > ROOMY || this.children.has(step));
    chip.style.setProperty('--hue', String(this.colors().hue(action)));
    this.kin(kin, step);
    const us = row?.duration ?? 0;
    this.longest = Math.max(this.longest, us);
    bar.style.backgroundSize = `${row ? Math.max(2,
      100 * Math.log1p(us / 1000) / Math.log1p(this.longest / 1000)).toFixed(1) : 0}% 100%`;
    text(time, running ? elapsed(session.running) : row ? duration(us) : '');
    el.classList.toggle('unknown', !row && !running);
  }

  /**
   * Links to what began at a step.
   * @param {HTMLElement} el
   * @param {number} step
   */
  kin(el, step) {
    const list = this.children.get(step);
    const key = list ? `${step}` : '';
    if (el.dataset.key === key) return;
    el.dataset.key = key;
    replace(el, (list ?? []).slice(0, 2).map((child) => h('a', {
      href: appPath(this.session.project, child.app),
      title: `${child.kind === 'fork' ? 'Fork' : 'Sub-application'} ${child.app}`,
      'aria-label': `${child.kind === 'fork' ? 'Fork' : 'Sub-application'} ${child.app}`,
      onclick: (/** @type {Event} */ event) => event.stopPropagation(),
    }, icon(child.kind === 'fork' ? 'fork' : 'child'))));
  }
}

/** @param {any} running */
export function elapsed(running) {
  const start = micros(running.start);
  return start === null || running.status !== 'running' ? running.status
    : duration(Math.max(0, Date.now() * 1000 - start));
}
