// The selected value, whole: what became of it, who wrote it, how it went.

import { attribute, h, replace, text } from './dom.js';
import { icon } from './icons.js';
import { block, change } from './value.js';
import { sparkline } from './sparkline.js';
import { isContainer } from '../core/tree.js';
import { elided, kind, stringify } from '../core/json.js';
import { get, readable } from '../core/pointer.js';
import { integer } from '../core/format.js';
import { exact, url } from '../data/api.js';
import { lane } from '../data/lanes.js';
import { writer } from '../data/writers.js';

/** @typedef {import('../core/json.js').Value} Value */

export class Inspector {
  /** @param {import('./statepane.js').StatePane} pane */
  constructor(pane) {
    const { page } = pane;
    this.pane = pane;
    this.page = page;
    this.session = pane.session;
    this.path = h('code', { class: 'path' });
    this.writer = h('button', { title: 'Go to the step that wrote this (B)',
      onclick: () => page.jumps.blame() });
    this.pin = h('button', { title: 'Pin as a lane (P)', onclick: () => page.pin() },
      icon('pin'), 'Pin');
    this.course = h('div', { class: 'course' });
    this.body = h('div', { class: 'inspector-body' });
    this.el = h('section', { class: 'inspector', 'aria-label': 'Selected value' },
      h('header', null, this.path, this.writer, this.pin,
        h('button', { title: 'Previous write ([)', 'aria-label': 'Previous write',
          class: 'icon', onclick: () => page.jumps.write(-1) }, icon('prev')),
        h('button', { title: 'Next write (])', 'aria-label': 'Next write', class: 'icon',
          onclick: () => page.jumps.write(1) }, icon('next')),
        h('button', { class: 'icon', 'aria-label': 'Copy value or pointer',
          'aria-haspopup': 'menu', onclick: (/** @type {Event} */ event) =>
            this.menu(/** @type {Element} */ (event.currentTarget)) }, icon('more')),
        h('button', { class: 'icon', 'aria-label': 'Close the inspector', onclick: () => {
          this.session.set('path', '');
          pane.draw();
          pane.tree.list.el.focus();
        } }, icon('close'))), this.course, this.body);
    /** @type {{path: string, before: Value | undefined, after: Value | undefined} | null} */
    this.shown = null;
  }

  /** @param {Value | undefined} before @param {Value | undefined} after  the whole states */
  show(before, after) {
    const { path } = this.session;
    this.el.hidden = !path;
    if (!path) return;
    const now = after === undefined ? undefined : get(after, path);
    const old = before === undefined ? undefined : get(before, path);
    text(this.path, readable(path));
    attribute(this.pin, 'aria-pressed', String(this.session.pins.includes(path)));
    this.history(path, now);
    const { shown } = this;
    if (shown && shown.path === path && shown.after === now && shown.before === old) return;
    this.shown = { path, before: old, after: now };
    replace(this.body, this.value(path, old, now));
  }

  /** @param {string} path @param {Value | undefined} before @param {Value | undefined} after */
  value(path, before, after) {
    if (elided(after)) return this.fetchButton(path);
    if (after === undefined) {
      return [h('p', { class: 'dim' }, before === undefined ? 'Not there at this step.'
        : 'Removed. It was:'), before !== undefined && block(before)];
    }
    const differs = before !== undefined && before !== after && !isContainer(after)
      && stringify(before) !== stringify(after);
    return differs ? change(before, after) : block(after);
  }

  /**
   * Who wrote it, and how a number went over the steps in memory.
   * @param {string} path
   * @param {Value | undefined} now
   */
  history(path, now) {
    const { session } = this;
    const step = Math.min(session.step, session.head);
    const window = session.windows.find(step);
    const by = window ? writer(session, path, step) : null;
    text(this.writer, by === null ? '\u27f5 last write' : by === step ? 'written here'
      : `\u27f5 ${integer(by)} ${session.row(by)?.action ?? ''}`);
    this.course.hidden = !window || kind(now) !== 'number';
    if (!window || this.course.hidden) return;
    const drawn = lane([window], path, [window.from, window.to]);
    this.course.hidden = drawn.kind !== 'number' || !(drawn.high > drawn.low);
    if (!this.course.hidden) replace(this.course, sparkline(drawn, window, step));
  }

  /** @param {Element} anchor */
  menu(anchor) {
    const { shell } = this.page;
    const { path, after } = this.shown ?? { path: '', after: undefined };
    shell.menu(anchor, [
      { text: 'Copy value', run: () => shell.copy(
        typeof after === 'string' ? after : stringify(after, 2), 'the value') },
      { text: 'Copy JSON Pointer', run: () => shell.copy(path, 'the pointer') },
      { text: 'Annotate this field', run: () => this.page.annotate(path) },
    ]);
  }

  /** @param {string} path */
  fetchButton(path) {
    const { session, body } = this;
    const { step } = session;
    return h('button', { class: 'outline', onclick: async () => {
      try {
        const { value } = await exact(url(`${session.url}/states/${step}`,
          { path, g: session.g, max_bytes: 16_000_000 }));
        replace(body, h('p', { class: 'dim' }, `At step ${integer(step)}`),
          block(value.get('value')));
      } catch (error) {
        replace(body, h('p', null, /** @type {Error} */ (error).message));
      }
    } }, 'Too big to be sent with each step. Load it');
  }
}
