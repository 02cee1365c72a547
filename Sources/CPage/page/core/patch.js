// Applies JSON Patch (RFC 6902) and `str-append`. What does not change is shared with the value
// before; the value before stays as it was.

import { split, index } from './pointer.js';
import { equal } from './json.js';

/** @typedef {import('./json.js').Value} Value */
/** @typedef {{op: string, path: string, from?: string, value?: Value}} Operation */

/** @param {string} what @param {string} path @returns {never} */
function fail(what, path) {
  throw new Error(`${what} at "${path}"`);
}

/**
 * The operations of a patch as a parsed text has them.
 * @param {Value | undefined} list
 * @returns {Operation[]}
 */
export function operations(list) {
  if (!Array.isArray(list)) return [];
  return list.map((item) => {
    const map = /** @type {import('./json.js').ValueMap} */ (item);
    return { op: map.get('op'), path: map.get('path'), from: map.get('from'),
      value: map.get('value') };
  });
}

/** Copies each container at most once per patch. */
class Edit {
  /** @param {Value} root */
  constructor(root) {
    this.root = root;
    /** @type {Set<object>} */
    this.own = new Set();
  }

  /** @template {Value[] | Map<string, any>} T @param {T} container @returns {T} */
  copy(container) {
    if (this.own.has(container)) return container;
    const copy = /** @type {T} */ (
      Array.isArray(container) ? container.slice() : new Map(container));
    this.own.add(copy);
    return copy;
  }

  /**
   * The container that holds the last part, made our own all the way down.
   * @param {string[]} parts
   * @param {string} path
   * @returns {Value[] | Map<string, any>}
   */
  parent(parts, path) {
    const open = (/** @type {Value | undefined} */ value) => {
      if (Array.isArray(value) || value instanceof Map) return this.copy(value);
      return fail('No container', path);
    };
    let node = open(this.root);
    this.root = node;
    for (const part of parts.slice(0, -1)) {
      const place = Array.isArray(node) ? index(part, node.length) : part;
      const next = open(read(node, place));
      write(node, place, next);
      node = next;
    }
    return node;
  }

  /** @param {string} path @returns {Value | undefined} */
  get(path) {
    let node = /** @type {Value | undefined} */ (this.root);
    for (const part of split(path)) {
      if (Array.isArray(node)) node = node[index(part, node.length)];
      else node = node instanceof Map ? node.get(part) : undefined;
    }
    return node;
  }

  /** @param {Operation} operation @returns {void} */
  apply(operation) {
    const { op, path } = operation;
    if (op === 'move' || op === 'copy') {
      const value = this.get(operation.from ?? '');
      if (value === undefined) fail('Nothing to take', operation.from ?? '');
      if (op === 'move') this.apply({ op: 'remove', path: operation.from ?? '' });
      return this.apply({ op: 'add', path, value });
    }
    if (op === 'test') {
      if (!equal(this.get(path), operation.value)) fail('Another value', path);
      return;
    }
    const parts = split(path);
    if (!parts.length) {
      if (op === 'str-append') this.root = append(this.root, operation.value, path);
      else if (op === 'add' || op === 'replace') this.root = operation.value ?? null;
      else fail(`"${op}" is not possible`, path);
      return;
    }
    const holder = this.parent(parts, path);
    const last = parts[parts.length - 1];
    if (Array.isArray(holder)) editList(holder, index(last, holder.length), operation);
    else editMap(holder, last, operation);
  }
}

/** @param {Value[] | Map<string, any>} node @param {string | number} place */
function read(node, place) {
  return Array.isArray(node) ? node[Number(place)] : node.get(String(place));
}

/** @param {Value[] | Map<string, any>} node @param {string | number} place @param {Value} value */
function write(node, place, value) {
  if (Array.isArray(node)) node[Number(place)] = value;
  else node.set(String(place), value);
}

/** @param {Value | undefined} text @param {Value | undefined} more @param {string} path */
function append(text, more, path) {
  if (typeof text !== 'string' || typeof more !== 'string') fail('No string', path);
  return text + more;
}

/** @param {Value[]} list @param {number} at @param {Operation} operation */
function editList(list, at, { op, path, value }) {
  if (at < 0 || at > list.length || (op !== 'add' && at === list.length)) {
    fail('No such element', path);
  }
  if (op === 'add') list.splice(at, 0, value ?? null);
  else if (op === 'remove') list.splice(at, 1);
  else if (op === 'replace') list[at] = value ?? null;
  else if (op === 'str-append') list[at] = append(list[at], value, path);
  else fail(`Unknown operation "${op}"`, path);
}

/** @param {Map<string, any>} map @param {string} key @param {Operation} operation */
function editMap(map, key, { op, path, value }) {
  if (op !== 'add' && !map.has(key)) fail('No such member', path);
  if (op === 'add' || op === 'replace') map.set(key, value ?? null);
  else if (op === 'remove') map.delete(key);
  else if (op === 'str-append') map.set(key, append(map.get(key), value, path));
  else fail(`Unknown operation "${op}"`, path);
}

/**
 * The value after a patch.
 * @param {Value} value
 * @param {Operation[]} patch
 * @returns {Value}
 */
export function apply(value, patch) {
  if (!patch.length) return value;
  const edit = new Edit(value);
  for (const operation of patch) edit.apply(operation);
  return edit.root;
}
