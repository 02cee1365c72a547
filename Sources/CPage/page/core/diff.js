// What differs between two values, level by level: nothing is compared that is not looked at, and
// nothing that was removed is forgotten.

import { equal } from './json.js';

/** @typedef {import('./json.js').Value} Value */
/** @typedef {'same' | 'added' | 'removed' | 'changed' | 'moved'} Change */
/**
 * One member or element of the two values together.
 * @typedef {object} Child
 * @property {string | number} part   Its key, or its index (the old one where it was removed)
 * @property {Value | undefined} before
 * @property {Value | undefined} after
 * @property {Change} change
 * @property {number} [from]   Where an element was that others have not merely pushed aside
 */

/**
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 * @returns {Change}
 */
export function compare(before, after) {
  if (before === undefined) return after === undefined ? 'same' : 'added';
  if (after === undefined) return 'removed';
  return equal(before, after) ? 'same' : 'changed';
}

/**
 * The children of both values: those of `after` in their order, and each removed one where it was.
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 * @returns {Child[]}
 */
export function children(before, after) {
  if (Array.isArray(after) || (after === undefined && Array.isArray(before))) {
    return elements(Array.isArray(before) ? before : [], Array.isArray(after) ? after : []);
  }
  if (after instanceof Map || (after === undefined && before instanceof Map)) {
    return members(before instanceof Map ? before : new Map(),
      after instanceof Map ? after : new Map());
  }
  return [];
}

/** @param {Map<string, any>} before @param {Map<string, any>} after */
function members(before, after) {
  /** @type {Child[]} */
  const rows = [];
  for (const [part, value] of after) {
    const old = before.get(part);
    rows.push({ part, before: old, after: value, change: compare(old, value) });
  }
  /** @type {string | null} */
  let behind = null;
  for (const [part, value] of before) {
    if (!after.has(part)) {
      const at = behind === null ? 0 : rows.findIndex((row) => row.part === behind) + 1;
      rows.splice(at, 0, { part, before: value, after: undefined, change: 'removed' });
    }
    behind = part;
  }
  return rows;
}

/**
 * The equal beginning and end of two lists are matched, what lies between them by what the
 * elements say they are called, and where they do not say it by position.
 * @param {Value[]} before
 * @param {Value[]} after
 */
function elements(before, after) {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && equal(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head
    && equal(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++;
  /** @type {Child[]} */
  const rows = [];
  for (let i = 0; i < head; i++) {
    rows.push({ part: i, before: before[i], after: after[i], change: 'same' });
  }
  const removed = before.length - tail - head;
  const added = after.length - tail - head;
  const known = removed && added ? named(before.slice(head, head + removed),
    after.slice(head, head + added), head) : null;
  if (known) rows.push(...known);
  for (let i = 0; !known && i < Math.max(removed, added); i++) {
    const old = i < removed ? before[head + i] : undefined;
    const now = i < added ? after[head + i] : undefined;
    rows.push({ part: head + i, before: old, after: now, change: compare(old, now) });
  }
  for (let i = after.length - tail; i < after.length; i++) {
    const old = before[i - after.length + before.length];
    rows.push({ part: i, before: old, after: after[i], change: 'same' });
  }
  return rows;
}

/**
 * The places of elements by their `id`; null where one has none, or two have the same.
 * @param {Value[]} list
 */
function ids(list) {
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const [i, item] of list.entries()) {
    const id = item instanceof Map ? item.get('id') : undefined;
    if (typeof id !== 'string' && typeof id !== 'number') return null;
    places.set(`${typeof id} ${id}`, i);
  }
  return places.size === list.length ? places : null;
}

/**
 * The elements of two lists matched by their ids, each removed one where it was.
 * @param {Value[]} before
 * @param {Value[]} after
 * @param {number} offset  of both in their lists
 * @returns {Child[] | null} null where they are not to be matched by ids
 */
function named(before, after, offset) {
  const old = ids(before);
  const now = ids(after);
  if (!old || !now || ![...now.keys()].some((id) => old.has(id))) return null;
  const places = [...now.keys()].map((id) => old.get(id) ?? -1);
  const stay = rising(places);
  /** @type {Child[]} */
  const rows = after.map((value, i) => {
    const place = places[i];
    if (place < 0) return { part: offset + i, before: undefined, after: value, change: 'added' };
    const change = compare(before[place], value);
    const row = { part: offset + i, before: before[place], after: value, change };
    return stay.has(i) ? row
      : { ...row, change: change === 'same' ? 'moved' : change, from: offset + place };
  });
  const kept = new Set(places);
  before.forEach((value, place) => {
    if (kept.has(place)) return;
    const at = rows.findIndex((row) => row.change !== 'removed' && row.from === undefined
      && places[Number(row.part) - offset] > place);
    rows.splice(at < 0 ? rows.length : at, 0, { part: offset + place, before: value,
      after: undefined, change: 'removed' });
  });
  return rows;
}

/**
 * Where the longest run of rising numbers stands; numbers below zero do not count.
 * @param {number[]} numbers
 * @returns {Set<number>}
 */
function rising(numbers) {
  /** @type {number[]} the last place of the best run of each length */
  const ends = [];
  const back = numbers.map((number, i) => {
    if (number < 0) return -1;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]] < number) low = middle + 1;
      else high = middle;
    }
    ends[low] = i;
    return low > 0 ? ends[low - 1] : -1;
  });
  /** @type {Set<number>} */
  const run = new Set();
  for (let i = ends.length ? ends[ends.length - 1] : -1; i >= 0; i = back[i]) run.add(i);
  return run;
}

/**
 * How many leaves were added, removed, changed and moved below two values.
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 * @param {number} [limit]  counting stops here
 * @returns {Record<Exclude<Change, 'same'>, number>}
 */
export function count(before, after, limit = 1000) {
  const sum = { added: 0, removed: 0, changed: 0, moved: 0 };
  const visit = (/** @type {Value | undefined} */ a, /** @type {Value | undefined} */ b) => {
    if (a === b || sum.added + sum.removed + sum.changed + sum.moved >= limit) return;
    for (const row of children(a, b)) {
      if (row.change === 'same') continue;
      const inside = row.change === 'changed' && row.before !== null && row.after !== null
        && typeof row.before === 'object' && typeof row.after === 'object'
        && Array.isArray(row.before) === Array.isArray(row.after)
        && (Array.isArray(row.before) || row.before instanceof Map);
      if (inside) visit(row.before, row.after);
      else sum[row.change]++;
    }
  };
  visit(before, after);
  return sum;
}

/**
 * Two texts as runs of words: equal, taken away, put in. Null where they are too long for it.
 * @param {string} before
 * @param {string} after
 * @returns {{text: string, change: Change}[] | null}
 */
export function words(before, after) {
  if (before.length > 65536 || after.length > 65536) return null;
  const a = before.split(/(\s+)/);
  const b = after.split(/(\s+)/);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head
    && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  /** @type {{text: string, change: Change}[]} */
  const runs = [];
  const add = (/** @type {string} */ text, /** @type {Change} */ change) => {
    const last = runs[runs.length - 1];
    if (!text) return;
    if (last && last.change === change) last.text += text;
    else runs.push({ text, change });
  };
  add(a.slice(0, head).join(''), 'same');
  for (const run of middle) add(run.text, run.change);
  add(a.slice(a.length - tail).join(''), 'same');
  return runs;
}

/**
 * The longest common subsequence of two short lists; long ones are taken as wholly different.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {{text: string, change: Change}[]}
 */
function between(a, b) {
  if (!a.length || !b.length || a.length * b.length > 250_000) {
    return [{ text: a.join(''), change: 'removed' }, { text: b.join(''), change: 'added' }];
  }
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * width + j] = a[i] === b[j]
        ? best[(i + 1) * width + j + 1] + 1
        : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  /** @type {{text: string, change: Change}[]} */
  const runs = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      runs.push({ text: a[i], change: 'same' });
      i++;
      j++;
    } else if (j === b.length
      || (i < a.length && best[(i + 1) * width + j] >= best[i * width + j + 1])) {
      runs.push({ text: a[i++], change: 'removed' });
    } else runs.push({ text: b[j++], change: 'added' });
  }
  return runs;
}
