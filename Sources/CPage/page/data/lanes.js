// What a pinned path was over the steps that are in memory.

import { get, readable } from '../core/pointer.js';
import { equal, kind, stringify } from '../core/json.js';

/** @typedef {import('./window.js').StepWindow} StepWindow */
/** @typedef {import('../core/json.js').Value} Value */
/**
 * @typedef {object} Run  Steps over which it did not change
 * @property {number} from
 * @property {number} to
 * @property {string} text
 * @property {number} number
 * @property {boolean} missing
 * @property {number} order   which of the different values it is
 */
/** @typedef {{from: number, to: number, value: Value | undefined}} Piece */
/**
 * @typedef {object} Lane
 * @property {string} path
 * @property {'number' | 'words' | 'changes'} kind
 * @property {number} low
 * @property {number} high
 * @property {Run[]} runs
 */

/** Values of more kinds than this are shown as changes only. */
const WORDS = 12;

/** @type {WeakMap<StepWindow, Map<string, {count: number, pieces: Piece[]}>>} */
const known = new WeakMap();

/** @param {StepWindow} window @param {string} path @returns {Piece[]} */
export function pieces(window, path) {
  let paths = known.get(window);
  if (!paths) known.set(window, paths = new Map());
  const before = paths.get(path);
  if (before?.count === window.rows.length) return before.pieces;
  /** @type {Piece[]} */
  const list = before?.pieces ?? [];
  for (let i = before?.count ?? 0; i < window.rows.length; i++) {
    const { step } = window.rows[i];
    let value;
    try {
      value = get(window.state(i + 1), path);
    } catch {
      value = undefined;
    }
    const last = list[list.length - 1];
    if (last && equal(last.value, value)) last.to = step;
    else list.push({ from: step, to: step, value });
  }
  paths.set(path, { count: window.rows.length, pieces: list });
  return list;
}

/**
 * The lane of a path over some windows, those that touch the range only.
 * @param {StepWindow[]} windows
 * @param {string} path
 * @param {[number, number]} range
 * @returns {Lane}
 */
export function lane(windows, path, [from, to]) {
  const all = windows.filter((window) => window.to >= from && window.from <= to)
    .flatMap((window) => pieces(window, path));
  const present = all.filter(({ value }) => value !== undefined);
  const numeric = present.length > 0 && present.every(({ value }) => kind(value) === 'number');
  /** @type {Map<string, number>} */
  const texts = new Map();
  let low = Infinity;
  let high = -Infinity;
  const runs = all.map(({ from: begin, to: end, value }) => {
    const scalar = value === null || typeof value !== 'object' || kind(value) === 'number';
    const text = value === undefined ? '' : scalar ? stringify(value) : '';
    if (value !== undefined && !texts.has(text) && texts.size <= WORDS) texts.set(text, texts.size);
    const number = numeric && value !== undefined ? Number(text) : NaN;
    if (number < low) low = number;
    if (number > high) high = number;
    return { from: begin, to: end, text, number, missing: value === undefined,
      order: texts.get(text) ?? 0 };
  }).reduce(joined, /** @type {Run[]} */ ([]));
  const words = present.every(({ value }) => value === null || typeof value !== 'object');
  return { path: readable(path), low, high, runs,
    kind: numeric ? 'number' : words && texts.size <= WORDS ? 'words' : 'changes' };
}

/**
 * Takes runs of neighbouring windows together where nothing changed between them.
 * @param {Run[]} runs
 * @param {Run} run
 */
function joined(runs, run) {
  const last = runs[runs.length - 1];
  const same = last && last.to + 1 === run.from && last.text === run.text && run.text !== ''
    && last.missing === run.missing;
  if (same) last.to = run.to;
  else runs.push(run);
  return runs;
}
