// Values as elements: one line, or whole.

import { h } from './dom.js';
import { elided, kind, stringify } from '../core/json.js';
import { preview, size } from '../core/tree.js';
import { words } from '../core/diff.js';
import { bytes, plural } from '../core/format.js';

/** @typedef {import('../core/json.js').Value} Value */

/**
 * A value in one line.
 * @param {Value | undefined} value
 * @param {number} [limit]
 */
export function line(value, limit) {
  const what = kind(value);
  const away = elided(value);
  if (away) {
    return h('span', { class: 'v away' }, `${away.kind} of ${bytes(away.bytes)}`);
  }
  const inline = h('span', { class: `v ${what}` }, preview(value, limit));
  if (what !== 'array' && what !== 'object') return inline;
  return h('span', { class: 'v' }, h('span', { class: 'size' },
    what === 'array' ? `[${size(value)}]` : `{${size(value)}}`), ' ', inline);
}

/**
 * How much was added, removed, changed and moved.
 * @param {ReturnType<typeof import('../core/diff.js').count>} counts
 */
export function sums({ added, removed, changed, moved }) {
  return [added > 0 && h('b', { class: 'added' }, `+${added}`),
    removed > 0 && h('b', { class: 'removed' }, `\u2212${removed}`),
    changed > 0 && h('b', { class: 'changed' }, `~${changed}`),
    moved > 0 && h('b', { class: 'moved' }, `\u2195${moved}`)];
}

/** How much of a long text is shown before it is asked for. */
const LONG = 20_000;

/**
 * A whole value: strings as text, all else as indented JSON.
 * @param {Value | undefined} value
 * @param {boolean} [asText]
 */
export function block(value, asText = true) {
  if (value === undefined) return h('p', { class: 'dim' }, 'not there');
  const binary = typeof value === 'string' && value.length > 2000
    && /^[A-Za-z0-9+/=\s]+$/.test(value.slice(0, 4000)) && !value.slice(0, 400).includes(' ');
  const text = typeof value === 'string' && asText ? value : stringify(value, 2);
  const pre = h('pre', { class: `block ${kind(value)}`, tabindex: 0 },
    binary ? `${text.slice(0, 120)}\u2026` : text.slice(0, LONG));
  const left = text.length - (binary ? 120 : LONG);
  if (left <= 0) return pre;
  const more = h('button', { class: 'outline', onclick: () => {
    pre.textContent = text;
    more.remove();
  } }, `${binary ? 'Probably base64. ' : ''}Show ${plural(left, 'more character')}`);
  return h('div', null, pre, more);
}

/**
 * What became of a value.
 * @param {Value | undefined} before
 * @param {Value | undefined} after
 */
export function change(before, after) {
  if (typeof before === 'string' && typeof after === 'string') {
    const runs = words(before, after);
    if (runs?.some(({ change: what }) => what === 'same')) {
      return h('pre', { class: 'block string', tabindex: 0 }, runs.map(({ text, change: what }) =>
        (what === 'same' ? text : h(what === 'added' ? 'ins' : 'del', null, text))));
    }
  }
  return h('div', { class: 'pair' },
    h('div', null, h('h2', null, 'Before'), block(before)),
    h('div', null, h('h2', null, 'After'), block(after)));
}
