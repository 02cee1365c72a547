// The state as a tree, in one column or side by side.

import { attribute, h, replace, text } from './dom.js';
import { icon } from './icons.js';
import { VirtualList } from './vlist.js';
import { flatten, isContainer, search } from '../core/tree.js';
import { count } from '../core/diff.js';
import { Inspector } from './inspector.js';
import { line, sums } from './value.js';
import { integer } from '../core/format.js';

/** @typedef {import('../core/json.js').Value} Value */
/** @typedef {import('../core/tree.js').TreeRow} TreeRow */
/** @typedef {import('./statepane.js').StatePane} StatePane */

const SIGNS = { same: '', added: '+', removed: '\u2212', changed: '~', moved: '\u2195' };
const SAY = { same: '', added: 'added', removed: 'removed', changed: 'changed', moved: 'moved' };

export class TreeView {
  /** @param {StatePane} pane */
  constructor(pane) {
    this.pane = pane;
    this.session = pane.session;
    /** @type {TreeRow[]} */
    this.rows = [];
    /** @type {import('../core/tree.js').TreeOptions} */
    this.options = { open: new Set(), closed: new Set(), changedOnly: false, internal: false,
      more: new Map() };
    this.sides = false;
    this.list = new VirtualList({ row: 24, create: () => this.row(),
      fill: (el, i) => this.fill(el, this.rows[i], i),
      properties: { role: 'treegrid', 'aria-label': 'State', class: 'vlist tree',
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) } });
    this.inspector = new Inspector(pane);
    this.el = h('div', { class: 'tree-pane' }, this.list.el, this.inspector.el);
    this.opened = false;
    /** Where the selected row was last. */
    this.cursor = -1;
  }

  /**
   * @param {Value | undefined} before
   * @param {Value | undefined} after
   * @param {{changedOnly: boolean, sides: boolean, ages: Map<string, number> | null}} how
   */
  show(before, after, { changedOnly, sides, ages }) {
    this.ages = ages;
    this.before = before;
    this.after = after;
    this.sides = sides;
    this.options.changedOnly = changedOnly;
    if (!this.opened && after !== undefined) this.openFirst(before, after);
    this.list.el.classList.toggle('sides', sides);
    this.rows = flatten(before, after, this.options);
    this.list.setCount(this.rows.length);
    this.list.draw();
    this.inspector.show(before, after);
  }

  /**
   * What is open at first: what this step changed, and the way to the selected path.
   * @param {Value | undefined} before
   * @param {Value} after
   */
  openFirst(before, after) {
    this.opened = true;
    for (const row of flatten(before, after, { ...this.options, changedOnly: false })) {
      if (row.container && row.change !== 'same') this.options.open.add(row.path);
    }
    this.reveal(this.session.path);
  }

  /**
   * Opens the way to a path.
   * @param {string} path
   */
  reveal(path) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      this.options.open.add(path.slice(0, at));
    }
  }

  row() {
    const twist = h('button', { class: 'twist', tabindex: -1, 'aria-hidden': 'true' });
    return h('div', { class: 'node', role: 'row', onclick: (/** @type {MouseEvent} */ event) =>
      this.click(event) },
    h('span', { class: 'sign', role: 'gridcell' }),
    h('span', { class: 'key', role: 'gridcell' }, twist, h('span', { class: 'name' }),
      h('span', { class: 'sums' })),
    h('span', { class: 'val', role: 'gridcell' }), h('span', { class: 'val', role: 'gridcell' }));
  }

  /** @param {HTMLElement} el @param {TreeRow} row @param {number} index */
  fill(el, row, index) {
    el.dataset.index = String(index);
    const [sign, key, one, two] = /** @type {HTMLElement[]} */ ([...el.children]);
    const [twist, name, about] = /** @type {HTMLElement[]} */ ([...key.children]);
    if (row.hidden) {
      el.className = 'vrow node earlier';
      key.style.paddingLeft = `${row.depth * 16}px`;
      text(sign, '');
      twist.hidden = true;
      text(name, `${integer(row.hidden)} earlier \u00b7 show more`);
      replace(about);
      replace(one);
      two.hidden = true;
      /** @type {any} */ (el).shown = null;
      return;
    }
    el.id = `node-${index}`;
    const selected = index === this.at();
    const age = row.change === 'same' ? this.ages?.get(row.path) : undefined;
    attribute(el, 'data-age', age ? String(age) : null);
    el.className = `vrow node ${row.change}${selected ? ' selected' : ''}`;
    attribute(el, 'aria-level', String(row.depth + 1));
    attribute(el, 'aria-selected', String(selected));
    attribute(el, 'aria-expanded', row.container ? String(row.open) : null);
    if (selected) this.list.el.setAttribute('aria-activedescendant', el.id);
    key.style.paddingLeft = `${row.depth * 16}px`;
    el.title = row.from === undefined ? '' : `It was at ${row.from}`;
    const last = /** @type {any} */ (el).shown;
    if (last && last.path === row.path && last.before === row.before && last.after === row.after
      && last.open === row.open && last.change === row.change && last.sides === this.sides) return;
    /** @type {any} */ (el).shown = { ...row, sides: this.sides };
    replace(sign, SIGNS[row.change], SAY[row.change]
      && h('span', { class: 'hidden-text' }, SAY[row.change]));
    twist.hidden = !row.container;
    twist.classList.toggle('open', row.open);
    if (row.container && !twist.firstChild) twist.append(icon('open'));
    text(name, String(row.part));
    this.values(row, one, two, about);
  }

  /** @param {TreeRow} row @param {HTMLElement} one @param {HTMLElement} two
   *  @param {HTMLElement} about */
  values(row, one, two, about) {
    const inside = row.change === 'changed' && isContainer(row.before) && isContainer(row.after)
      && Array.isArray(row.before) === Array.isArray(row.after);
    replace(about, inside ? sums(count(row.before, row.after)) : '');
    two.hidden = !this.sides;
    if (this.sides) {
      replace(one, row.before === undefined ? '' : line(row.before));
      replace(two, row.after === undefined ? '' : line(row.after));
    } else if (row.change === 'changed' && !inside) {
      replace(one, h('del', null, line(row.before, 60)), h('span', { class: 'arrow' }, '\u2192'),
        line(row.after));
    } else replace(one, line(row.change === 'removed' ? row.before : row.after));
  }

  /** @param {MouseEvent} event */
  click(event) {
    const el = /** @type {HTMLElement} */ (event.currentTarget);
    const row = this.rows[Number(el.dataset.index)];
    if (!row) return;
    const twist = event.target instanceof Element && event.target.closest('.twist');
    if (row.hidden) this.more(row);
    else if (twist || (row.container && row.path === this.session.path)) this.toggle(row);
    else this.select(row, Number(el.dataset.index));
  }

  /** Where the selected row is: a removed element and another one may have the same path. */
  at() {
    const { path } = this.session;
    if (this.rows[this.cursor]?.path !== path || this.rows[this.cursor].hidden) {
      this.cursor = this.rows.findIndex((row) => row.path === path && !row.hidden);
    }
    return this.cursor;
  }

  /** @param {TreeRow} row */
  more(row) {
    this.options.more.set(row.path, (this.options.more.get(row.path) ?? 100) + 400);
    this.pane.draw();
  }

  /** @param {TreeRow} row */
  toggle(row) {
    const { open, closed } = this.options;
    if (row.open) {
      open.delete(row.path);
      closed.add(row.path);
    } else {
      open.add(row.path);
      closed.delete(row.path);
    }
    this.session.set('path', row.path);
    this.pane.draw();
  }

  /** @param {TreeRow} row @param {number} index */
  select(row, index) {
    this.cursor = index;
    this.session.set('path', row.path);
    this.pane.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const at = this.at();
    const row = this.rows[at];
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      const next = this.rows[at + move];
      if (next && !next.hidden) {
        this.select(next, at + move);
        this.list.show(at + move);
      }
    } else if (event.key === 'Enter' && row?.container) this.toggle(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Selects the next row in which a text occurs.
   * @param {string} wanted
   * @param {1 | -1} way
   */
  find(wanted, way) {
    const hits = search(this.rows, wanted);
    if (!hits.length) return 0;
    const at = this.at();
    const next = way > 0 ? hits.find((i) => i > at) ?? hits[0]
      : [...hits].reverse().find((i) => i < at) ?? hits[hits.length - 1];
    this.select(this.rows[next], next);
    this.list.show(next);
    return hits.length;
  }
}
