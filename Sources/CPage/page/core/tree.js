// The rows of a state as a tree, marked with what changed against the base.

import { elided, kind } from './json.js';
import { children, compare } from './diff.js';
import { step } from './pointer.js';

/** @typedef {import('./json.js').Value} Value */
/**
 * @typedef {object} TreeRow
 * @property {string} path
 * @property {number} depth
 * @property {string | number} part
 * @property {Value | undefined} before
 * @property {Value | undefined} after
 * @property {import('./diff.js').Change} change
 * @property {boolean} container
 * @property {boolean} open
 * @property {number} [from]  the index that an element had before it was moved
 * @property {number} hidden   children before the first that is shown; this row stands for them
 */
/**
 * @typedef {object} TreeOptions
 * @property {Set<string>} open      paths whose children are shown
 * @property {Set<string>} closed    paths that stay shut although something below them changed
 * @property {boolean} changedOnly   what is the same is left out, what changed is opened
 * @property {boolean} internal      also keys that begin with two underscores
 * @property {Map<string, number>} more  how many children are shown of a long list
 */

/** Of a long list only so many are shown at first, from its end. */
export const PAGE = 100;

/** @param {Value | undefined} value */
export function isContainer(value) {
  if (value === null || typeof value !== 'object') return false;
  const what = kind(value);
  return (what === 'array' || what === 'object') && !elided(value);
}

/** @param {Value | undefined} value */
export function size(value) {
  return Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0;
}

/**
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 * @param {TreeOptions} options
 * @returns {TreeRow[]}
 */
export function flatten(before, after, options) {
  /** @type {TreeRow[]} */
  const rows = [];
  below(rows, '', 0, before, after, options);
  return rows;
}

/** @param {TreeRow[]} rows @param {string} path @param {number} depth
 *  @param {Value | undefined} before @param {Value | undefined} after
 *  @param {TreeOptions} options */
function below(rows, path, depth, before, after, options) {
  let list = children(before, after);
  if (depth === 0 && !options.internal) {
    list = list.filter(({ part }) => !String(part).startsWith('__'));
  }
  if (options.changedOnly) list = list.filter(({ change }) => change !== 'same');
  const shown = options.more.get(path) ?? PAGE;
  const hidden = Math.max(0, list.length - shown);
  if (hidden > 0) {
    rows.push({ path, depth, part: '', before: undefined, after: undefined, change: 'same',
      container: false, open: false, hidden });
    list = list.slice(hidden);
  }
  for (const child of list) {
    const own = path + step(child.part);
    const container = isContainer(child.after) || isContainer(child.before);
    const open = container && (options.open.has(own)
      || (options.changedOnly && child.change === 'changed' && !options.closed.has(own)));
    rows.push({ path: own, depth, part: child.part, before: child.before, after: child.after,
      change: child.change, container, open, from: child.from, hidden: 0 });
    if (open) below(rows, own, depth + 1, child.before, child.after, options);
  }
}

/**
 * Every row both sides have, for side by side: as `flatten`, the root included.
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 */
export function changed(before, after) {
  return compare(before, after) !== 'same';
}

/**
 * One line that stands for a value.
 * @param {Value | undefined} value
 * @param {number} [limit]
 * @returns {string}
 */
export function preview(value, limit = 160) {
  const what = kind(value);
  const away = elided(value);
  if (away) return away.kind === 'string' ? JSON.stringify(away.head ?? '') : '\u2026';
  if (what === 'string') {
    const text = /** @type {string} */ (value);
    return JSON.stringify(text.length > limit ? text.slice(0, limit) + '\u2026' : text);
  }
  if (Array.isArray(value)) {
    if (!value.length) return '[]';
    return clip(`[${value.slice(0, 8).map((item) => short(item)).join(', ')}`, limit, ']',
      value.length > 8);
  }
  if (value instanceof Map) {
    if (!value.size) return '{}';
    const parts = [...value].slice(0, 8).map(([key, item]) => `${key}: ${short(item)}`);
    return clip(`{${parts.join(', ')}`, limit, '}', value.size > 8);
  }
  return short(value);
}

/** @param {string} text @param {number} limit @param {string} end @param {boolean} more */
function clip(text, limit, end, more) {
  if (text.length > limit) return `${text.slice(0, limit)}\u2026`;
  return more ? `${text}, \u2026${end}` : text + end;
}

/** @param {Value | undefined} value @returns {string} */
function short(value) {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (value instanceof Map) return `{${value.size}}`;
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? value.slice(0, 60) + '\u2026' : value);
  }
  if (value === undefined) return 'missing';
  return kind(value) === 'number' && typeof value === 'object' && value
    ? /** @type {import('./json.js').Num} */ (value).text : String(value);
}

/**
 * Rows in which a text occurs, by their place.
 * @param {TreeRow[]} rows
 * @param {string} text
 */
export function search(rows, text) {
  const wanted = text.toLowerCase();
  return rows.flatMap((row, i) => {
    const value = typeof row.after === 'string' ? row.after : preview(row.after ?? row.before);
    return String(row.part).toLowerCase().includes(wanted)
      || value.toLowerCase().includes(wanted) ? [i] : [];
  });
}
