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

/** Reads a text value by value, so that it can rest in between. */
class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    /**
     * What the next value goes into; null at the outermost one.
     * @type {ValueList | ValueMap | null}
     */
    this.holder = null;
    /** The key that it gets there. */
    this.name = '';
    /** @type {(ValueList | ValueMap | null)[]} */
    this.outer = [];
    /** @type {Value} */
    this.result = null;
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

  /**
   * Reads so many values at most.
   * @param {number} values
   * @returns {boolean} whether that was all
   */
  read(values) {
    for (let i = 0; i < values; i++) {
      if (!this.value()) continue;
      this.skip();
      if (this.at < this.text.length) this.fail('Something after the value');
      return true;
    }
    return false;
  }

  /**
   * Reads a value, of one that holds others its beginning, and what closes behind it.
   * @returns {boolean} whether that was all
   */
  value() {
    const code = this.skip();
    if (code !== 123 && code !== 91) {
      this.put(this.scalar(code));
      return this.behind();
    }
    /** @type {ValueList | ValueMap} */
    const inner = code === 123 ? new Map() : [];
    this.put(inner);
    this.outer.push(this.holder);
    this.holder = inner;
    this.at++;
    if (this.skip() === code + 2) {
      this.at++;
      this.holder = this.outer.pop() ?? null;
      return this.behind();
    }
    if (code === 123) this.key();
    return false;
  }

  /** @param {Value} value */
  put(value) {
    if (this.holder === null) this.result = value;
    else if (Array.isArray(this.holder)) this.holder.push(value);
    else this.holder.set(this.name, value);
  }

  key() {
    if (this.skip() !== 34) this.fail('No key');
    this.name = this.string();
    if (this.skip() !== 58) this.fail('No colon after a key');
    this.at++;
  }

  /** Goes on to where the next value begins; true where there is none. */
  behind() {
    while (this.holder !== null) {
      const list = Array.isArray(this.holder);
      const code = this.skip();
      this.at++;
      if (code === 44) {
        if (!list) this.key();
        return false;
      }
      if (code !== (list ? 93 : 125)) this.fail(`No comma between ${
        list ? 'elements' : 'members'}`);
      this.holder = this.outer.pop() ?? null;
    }
    return true;
  }

  /** @param {number} code @returns {Value} */
  scalar(code) {
    switch (code) {
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
}

/**
 * The value of a JSON text, exactly.
 * @param {string} text
 * @returns {Value}
 */
export function parse(text) {
  const reader = new Reader(text);
  reader.read(Infinity);
  return reader.result;
}

/** For so long a text is read without rest, in milliseconds: about half of a frame. */
const SLICE = 6;

/**
 * As `parse`, but what else there is to do gets its turn in between. A worker would have to send
 * what it has read, and to take that in lasts longer than to read it here.
 * @param {string} text
 * @param {() => Promise<void>} rest  lets others do something; fails where all is in vain
 * @param {() => number} [now]
 * @returns {Promise<Value>}
 */
export async function parseSlowly(text, rest, now = () => performance.now()) {
  const reader = new Reader(text);
  for (;;) {
    const end = now() + SLICE;
    do {
      if (reader.read(200)) return reader.result;
    } while (now() < end);
    await rest();
  }
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
