// By which column a list is sorted, and the buttons that change it.

import { attribute, h } from './dom.js';

/** @typedef {{id: string, title: string, right?: boolean, fixed?: boolean}} Column */

/** Columns that begin with the smallest. */
const ASCENDING = new Set(['project', 'app', 'partition_key', 'status', 'step', 'action']);

export class Sorting {
  /** @param {string} column @param {() => void} changed */
  constructor(column, changed) {
    this.column = column;
    this.up = ASCENDING.has(column);
    this.changed = changed;
  }

  /** @param {string} column */
  choose(column) {
    this.up = column === this.column ? !this.up : ASCENDING.has(column);
    this.column = column;
    this.changed();
  }

  /** @template {Record<string, any>} T @param {T[]} rows @returns {T[]} */
  sort(rows) {
    const { column, up } = this;
    const sign = up ? 1 : -1;
    return [...rows].sort((a, b) => {
      const x = a[column] ?? '';
      const y = b[column] ?? '';
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
  }

  /**
   * Shows the order in a head row.
   * @param {Element} head
   */
  mark(head) {
    for (const cell of head.children) {
      const own = cell.getAttribute('data-column') === this.column;
      attribute(cell, 'aria-sort', own ? (this.up ? 'ascending' : 'descending') : null);
    }
  }
}

/** @param {Column[]} columns @param {Sorting} sorting */
export function headRow(columns, sorting) {
  return h('div', { class: 'row head-row', role: 'row' }, columns.map(({ id, title, right,
    fixed }) => h('div', { role: 'columnheader', 'data-column': id, class: right && 'right' },
    fixed ? title : h('button', { onclick: () => sorting.choose(id) }, title))));
}

/**
 * A head and a list as a table.
 * @param {string} label
 * @param {Element} head
 * @param {Element} list
 */
export function table(label, head, list) {
  return h('div', { class: 'table', role: 'table', 'aria-label': label }, head, list);
}
