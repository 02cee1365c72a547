// Which step wrote what is there now, as far as the steps in memory tell.

import { pieces } from './lanes.js';
import { get } from '../core/pointer.js';
import { equal } from '../core/json.js';

/** @typedef {import('../core/json.js').Value} Value */
/** @typedef {import('./window.js').StepWindow} StepWindow */
/** @typedef {import('./session.js').Session} Session */

/**
 * The step that made a part of a value what it is: the first one after which it no longer was as
 * before.
 * @param {Session} session
 * @param {string} path   of the value
 * @param {number} step   as of which
 * @param {(value: Value | undefined) => Value | undefined} part  what of the value is looked at
 * @returns {number | null} null where no step in memory has written it
 */
function writerOf(session, path, step, part) {
  let window = session.windows.find(step);
  let from = step;
  /** @type {Value | undefined} */
  let now;
  let begun = false;
  while (window && !window.problems.size) {
    const list = pieces(window, path);
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i].from > step) continue;
      const value = part(list[i].value);
      if (!begun) [now, begun] = [value, true];
      else if (!equal(value, now)) return from;
      from = list[i].from;
    }
    try {
      if (begun && !equal(part(get(window.state(0), path)), now)) return from;
    } catch {
      // The first step that sets all is the first that is known of.
      return window.deltaAt(0)?.[0]?.path === '' ? from : null;
    }
    window = window.from > session.first ? session.windows.find(window.from - 1) : null;
  }
  return null;
}

/**
 * The step that wrote a path last.
 * @param {Session} session
 * @param {string} path
 * @param {number} step
 */
export function writer(session, path, step) {
  return writerOf(session, path, step, (value) => value);
}

/**
 * The step that wrote an element of a list last.
 * @param {Session} session
 * @param {string} path   of the list
 * @param {number} step
 * @param {number} index
 */
export function elementWriter(session, path, step, index) {
  return writerOf(session, path, step, (list) => Array.isArray(list) ? list[index] : undefined);
}

/** What was changed so many steps ago is still to be seen. */
const TRAIL = 4;

/**
 * What the steps before one have changed: how many steps ago, by path, also of all that holds it.
 * @param {Session} session
 * @param {number} step
 * @returns {Map<string, number>}
 */
export function trail(session, step) {
  /** @type {Map<string, number>} */
  const ages = new Map();
  const window = session.windows.find(step);
  const place = window?.place(step) ?? -1;
  for (let age = 1; window && age <= TRAIL && place - age >= 0; age++) {
    for (const { path } of window.deltaAt(place - age) ?? []) {
      for (let at = path; at && !ages.has(at); at = at.slice(0, at.lastIndexOf('/'))) {
        ages.set(at, age);
      }
    }
  }
  return ages;
}
