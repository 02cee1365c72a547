// Where to jump: errors, visits of an action, writes of a path. Exact, however far away.

import { json, url } from './api.js';
import { related, split, step as part } from '../core/pointer.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * The nearest step before or behind that a filter of the step list lets through.
 * @param {Session} session
 * @param {Record<string, any>} filter
 * @param {1 | -1} direction
 * @param {number} [from]  the search begins next to this step
 * @returns {Promise<number | null>}
 */
export async function nearest(session, filter, direction, from = session.step) {
  const [low, high] = session.bounds();
  const begin = from + direction;
  if (begin < low || begin > high) return null;
  const range = direction > 0 ? { from: begin, to: high } : { from: low, to: begin };
  const query = { ...filter, ...range, order: direction > 0 ? 'asc' : 'desc', limit: 1 };
  let next = url(`${session.url}/steps`, query);
  for (;;) {
    const page = await json(next);
    if (page.items.length) return page.items[0].step;
    if (!page.next) return null;
    next = url(`${session.url}/steps`, { ...query, cursor: page.next });
  }
}

/**
 * The nearest write of a path. A top-level key is asked of the server; below it the deltas of
 * the steps that touched the key are looked at.
 * @param {Session} session
 * @param {string} path
 * @param {1 | -1} direction
 * @param {() => boolean} stopped
 * @param {number} [from]  the search begins next to this step
 * @returns {Promise<number | null>}
 */
export async function write(session, path, direction, stopped, from = session.step) {
  const parts = split(path);
  if (!parts.length) return nearest(session, {}, direction, from);
  const touches = part(parts[0]);
  let at = from;
  while (!stopped()) {
    const found = await nearest(session, { touches }, direction, at);
    if (found === null || parts.length === 1) return found;
    const window = await session.windows.get(found);
    const delta = window.delta(found);
    if (!delta || writes(delta, path, window.before(found))) return found;
    at = found;
  }
  return null;
}

/**
 * Whether a patch writes a path; `-` in it is the list's end before.
 * @param {import('../core/patch.js').Operation[]} patch
 * @param {string} path
 * @param {import('../core/json.js').Value} before
 */
export function writes(patch, path, before) {
  return patch.some((operation) => {
    const target = operation.path.endsWith('/-')
      ? end(operation.path, before) : operation.path;
    if (related(target, path)) return true;
    if (operation.op === 'replace' || operation.op === 'str-append') return false;
    // An element put in or taken out moves those behind it.
    const parts = split(target);
    const own = split(path);
    const last = parts.length - 1;
    return own.length > last && parts.slice(0, last).every((each, i) => each === own[i])
      && /^\d+$/.test(parts[last]) && /^\d+$/.test(own[last])
      && Number(own[last]) >= Number(parts[last]);
  });
}

/** @param {string} path @param {import('../core/json.js').Value} before */
function end(path, before) {
  /** @type {any} */
  let node = before;
  for (const key of split(path).slice(0, -1)) {
    node = Array.isArray(node) ? node[Number(key)] : node?.get?.(key);
  }
  return path.slice(0, -1) + (Array.isArray(node) ? node.length : 0);
}
