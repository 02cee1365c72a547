// JSON without loss: numbers keep their digits, objects the order of their keys.

/** A number that a double cannot show as it was written, such as 2^70 or 1.0. */
export class Num {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @typedef {null | boolean | string | number | Num | ValueList | ValueMap} Value */
/** @typedef {Value[]} ValueList */
/** @typedef {Map<string, any>} ValueMap  The members are Values; TypeScript cannot say so here. */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @param {string} what @returns {never} */
  fail(what) {
    throw new SyntaxError(`${what} at character ${this.at} of the JSON`);
  }

  skip() {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      code = this.text.charCodeAt(++this.at);
    }
    return code;
  }

  /** @returns {Value} */
  value() {
    switch (this.skip()) {
      case 123: return this.object();
      case 91: return this.array();
      case 34: return this.string();
      case 116: return this.word('true', true);
      case 102: return this.word('false', false);
      case 110: return this.word('null', null);
      default: return this.number();
    }
  }

  /** @param {string} word @param {true | false | null} value */
  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail('A word that is no value');
    this.at += word.length;
    return value;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match) this.fail('No value');
    this.at = NUMBER.lastIndex;
    const number = Number(match[0]);
    return String(number) === match[0] ? number : new Num(match[0]);
  }

  string() {
    const begin = this.at++;
    for (;;) {
      const quote = this.text.indexOf('"', this.at);
      if (quote < 0) this.fail('A string without end');
      let slashes = 0;
      while (this.text.charCodeAt(quote - 1 - slashes) === 92) slashes++;
      this.at = quote + 1;
      if (slashes % 2 === 0) break;
    }
    const inside = this.text.slice(begin + 1, this.at - 1);
    return inside.includes('\\') ? /** @type {string} */ (JSON.parse(`"${inside}"`)) : inside;
  }

  array() {
    /** @type {ValueList} */
    const list = [];
    this.at++;
    if (this.skip() === 93) return this.at++, list;
    for (;;) {
      list.push(this.value());
      const code = this.skip();
      this.at++;
      if (code === 93) return list;
      if (code !== 44) this.fail('No comma between elements');
    }
  }

  object() {
    /** @type {ValueMap} */
    const map = new Map();
    this.at++;
    if (this.skip() === 125) return this.at++, map;
    for (;;) {
      if (this.skip() !== 34) this.fail('No key');
      const key = this.string();
      if (this.skip() !== 58) this.fail('No colon after a key');
      this.at++;
      map.set(key, this.value());
      const code = this.skip();
      this.at++;
      if (code === 125) return map;
      if (code !== 44) this.fail('No comma between members');
    }
  }
}

/**
 * The value of a JSON text, exactly.
 * @param {string} text
 * @returns {Value}
 */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value();
  reader.skip();
  if (reader.at < text.length) reader.fail('Something after the value');
  return value;
}

/**
 * The JSON text of a value; with `indent` over several lines.
 * @param {Value | undefined} value
 * @param {number} [indent]
 * @param {string} [margin]
 * @returns {string}
 */
export function stringify(value, indent = 0, margin = '') {
  if (value instanceof Num) return value.text;
  if (value === null || value === undefined || typeof value !== 'object') {
    return JSON.stringify(value ?? null);
  }
  const list = Array.isArray(value);
  const inner = margin + ' '.repeat(indent);
  const parts = list
    ? value.map((item) => stringify(item, indent, inner))
    : [...value].map(([key, item]) =>
        `${JSON.stringify(key)}:${indent ? ' ' : ''}${stringify(item, indent, inner)}`);
  const [open, close] = list ? '[]' : '{}';
  if (!parts.length) return open + close;
  return indent
    ? `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`
    : open + parts.join(',') + close;
}

/**
 * A value as ordinary objects and numbers, for replies whose shape is known.
 * @param {Value | undefined} value
 * @returns {any}
 */
export function plain(value) {
  if (value instanceof Num) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  return value ?? null;
}

/**
 * @param {Value | undefined} value
 * @returns {'missing' | 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object'}
 */
export function kind(value) {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  if (value instanceof Num) return 'number';
  return /** @type {'boolean' | 'string' | 'number'} */ (typeof value);
}

/**
 * Whether two values have the same text. Shared structure is equal without a look inside.
 * @param {Value | undefined} a
 * @param {Value | undefined} b
 * @returns {boolean}
 */
export function equal(a, b) {
  if (a === b) return true;
  if (a instanceof Num) return b instanceof Num && a.text === b.text;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => equal(item, b[index]));
  }
  if (!(a instanceof Map) || !(b instanceof Map) || a.size !== b.size) return false;
  for (const [key, item] of a) {
    if (!b.has(key) || !equal(item, b.get(key))) return false;
  }
  return true;
}

/**
 * What stands for a value that is too big to be sent at once.
 * @param {Value | undefined} value
 * @returns {{kind: string, count?: number, bytes: number, head?: string, href: string} | null}
 */
export function elided(value) {
  if (!(value instanceof Map) || value.size !== 1) return null;
  const inner = value.get('$elided');
  return inner instanceof Map ? plain(inner) : null;
}
