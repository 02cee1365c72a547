// Which applications a list shows, and in which order.

import { micros } from '../core/format.js';

/**
 * @typedef {object} Wanted
 * @property {string} text
 * @property {string} status
 * @property {string} partition
 * @property {string} tag
 * @property {Map<string, Set<string>>} tags
 * @property {Set<string>} closed       whose children are hidden
 * @property {number | null} since      microseconds since 1970
 */
/** @typedef {{item: any, depth: number, kids: number, relation: string}} Place */

/**
 * From the first to the last write, in microseconds; null where the clock went back.
 * @param {any} row
 */
export function spent(row) {
  const from = micros(row.first_written);
  const to = micros(row.last_written);
  return from === null || to === null || to < from ? null : to - from;
}

/**
 * The rows in their order, children behind their parents. A filter shows what it finds, whoever
 * its parent is.
 * @param {any[]} rows
 * @param {Wanted} wanted
 * @param {{sort<T extends Record<string, any>>(rows: T[]): T[]}} sorting
 * @returns {{places: Place[], found: number}}
 */
export function arrange(rows, wanted, sorting) {
  const found = new Set(rows.filter((row) => matches(row, wanted)).map(({ app }) => app));
  const sorted = sorting.sort(rows.filter(({ app }) => found.has(app)));
  /** @type {Map<string, any[]>} */
  const children = new Map();
  /** @type {any[]} */
  const roots = [];
  for (const row of sorted) {
    const parent = row.spawning_parent?.app ?? row.parent?.app;
    if (parent !== undefined && parent !== row.app && found.has(parent)) {
      const list = children.get(parent);
      if (list) list.push(row);
      else children.set(parent, [row]);
    } else roots.push(row);
  }
  /** @type {Place[]} */
  const places = [];
  const seen = new Set();
  const put = (/** @type {any} */ item, /** @type {number} */ depth) => {
    if (seen.has(item.app)) return;
    seen.add(item.app);
    const own = children.get(item.app) ?? [];
    places.push({ item, depth, kids: own.length, relation: relation(item) });
    if (!wanted.closed.has(item.app)) own.forEach((child) => put(child, Math.min(depth + 1, 8)));
    else own.forEach((child) => hide(child));
  };
  const hide = (/** @type {any} */ item) => {
    if (seen.has(item.app)) return;
    seen.add(item.app);
    (children.get(item.app) ?? []).forEach(hide);
  };
  roots.forEach((root) => put(root, 0));
  sorted.forEach((row) => put(row, 0)); // parents in a circle
  return { places, found: found.size };
}

/** @param {any} row */
function relation(row) {
  if (row.spawning_parent) return `from step ${row.spawning_parent.step ?? '?'}`;
  if (row.parent) return `fork at ${row.parent.step ?? '?'}`;
  return '';
}

/** @param {any} row @param {Wanted} wanted */
function matches(row, wanted) {
  const text = wanted.text.trim().toLowerCase();
  if (text && !row.app.toLowerCase().includes(text)
    && !(row.partition_key ?? '').toLowerCase().includes(text)) return false;
  if (wanted.status && row.status !== wanted.status) return false;
  if (wanted.partition && row.partition_key !== wanted.partition) return false;
  if (wanted.tag && !wanted.tags.get(row.app)?.has(wanted.tag)) return false;
  return wanted.since === null || (micros(row.last_written) ?? 0) >= wanted.since;
}
