// JSON Pointer (RFC 6901).

/** @typedef {import('./json.js').Value} Value */

/**
 * The parts of a pointer: `/a~1b/0` is `['a/b', '0']`.
 * @param {string} pointer
 * @returns {string[]}
 */
export function split(pointer) {
  if (pointer === '') return [];
  if (pointer[0] !== '/') throw new SyntaxError(`A JSON Pointer begins with "/": ${pointer}`);
  const parts = pointer.slice(1).split('/');
  return pointer.includes('~')
    ? parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    : parts;
}

/**
 * One part, escaped and with its slash.
 * @param {string | number} part
 */
export function step(part) {
  return '/' + String(part).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** @param {(string | number)[]} parts */
export function join(parts) {
  return parts.map(step).join('');
}

/**
 * What a list's part means: an index, or -1 where it is none.
 * @param {string} part
 * @param {number} length  `-` is this one
 */
export function index(part, length) {
  if (part === '-') return length;
  return /^(0|[1-9]\d*)$/.test(part) ? Number(part) : -1;
}

/**
 * The value at a pointer; undefined where there is none. Indexes may count from the end.
 * @param {Value | undefined} value
 * @param {string} pointer
 * @returns {Value | undefined}
 */
export function get(value, pointer) {
  for (const part of split(pointer)) {
    if (value instanceof Map) value = value.get(part);
    else if (Array.isArray(value)) {
      const negative = /^-[1-9]\d*$/.test(part);
      value = value[negative ? value.length + Number(part) : index(part, value.length)];
    } else return undefined;
  }
  return value;
}

/**
 * Whether one pointer is the other or leads to it.
 * @param {string} a
 * @param {string} b
 */
export function related(a, b) {
  return a === b || a.startsWith(b + '/') || b.startsWith(a + '/');
}

/**
 * The part a person reads: `chat_history[3].content`.
 * @param {string} pointer
 */
export function readable(pointer) {
  return split(pointer).reduce((text, part) => {
    if (/^\d+$/.test(part)) return `${text}[${part}]`;
    return text ? `${text}.${part}` : part;
  }, '') || 'state';
}
