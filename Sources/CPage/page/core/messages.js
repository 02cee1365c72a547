// Finds conversations in a state by their shape.

import { kind, stringify } from './json.js';
import { step } from './pointer.js';

/** @typedef {import('./json.js').Value} Value */
/** @typedef {{role: string, text: string, calls: {name: string, text: string, id: string}[],
 *   answers: string, value: Map<string, any>}} Message */

/**
 * Whether a value is a message: it says who, and what.
 * @param {Value | undefined} value
 */
export function isMessage(value) {
  if (!(value instanceof Map)) return false;
  const role = value.get('role') ?? value.get('type');
  return typeof role === 'string'
    && (value.has('content') || value.has('parts') || value.has('tool_calls'));
}

/** @param {Value | undefined} value */
function isConversation(value) {
  return Array.isArray(value) && value.length > 0 && isMessage(value[0])
    && isMessage(value[value.length - 1]);
}

/**
 * Where the conversations of a state are, at most two levels deep.
 * @param {Value | undefined} state
 * @returns {string[]}
 */
export function conversations(state) {
  if (!(state instanceof Map)) return [];
  /** @type {string[]} */
  const paths = [];
  for (const [key, value] of state) {
    if (isConversation(value)) paths.push(step(key));
    else if (value instanceof Map) {
      for (const [inner, item] of value) {
        if (isConversation(item)) paths.push(step(key) + step(inner));
      }
    }
  }
  return paths;
}

/**
 * The conversation to show: the one that is wanted, or the first.
 * @param {Value | undefined} state
 * @param {string} wanted
 * @returns {string | null}
 */
export function conversation(state, wanted) {
  const paths = conversations(state);
  return paths.includes(wanted) ? wanted : paths[0] ?? null;
}

/** @param {Value | undefined} value @returns {Message} */
export function message(value) {
  const map = value instanceof Map ? value : new Map();
  const calls = map.get('tool_calls');
  return {
    role: String(map.get('role') ?? map.get('type') ?? '?'),
    text: content(map.get('content') ?? map.get('parts')),
    calls: Array.isArray(calls) ? calls.map(call) : [],
    answers: String(map.get('tool_call_id') ?? ''),
    value: map,
  };
}

/**
 * Messages with the results of tools beneath the calls that they answer.
 * @template {{before?: Value, after?: Value}} T
 * @param {T[]} rows
 * @returns {{row: T, answers: Map<string, T>}[]} the answers by the call's id
 */
export function folded(rows) {
  /** @type {{row: T, answers: Map<string, T>}[]} */
  const list = [];
  /** @type {Map<string, Map<string, T>>} */
  const open = new Map();
  for (const row of rows) {
    const { calls, answers: id } = message(row.after ?? row.before);
    const answers = id ? open.get(id) : undefined;
    if (answers) {
      answers.set(id, row);
      open.delete(id);
      continue;
    }
    /** @type {Map<string, T>} */
    const own = new Map();
    for (const call of calls) if (call.id) open.set(call.id, own);
    list.push({ row, answers: own });
  }
  return list;
}

/**
 * The text of a content, which may be a list of parts.
 * @param {Value | undefined} value
 * @returns {string}
 */
function content(value) {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(content).filter(Boolean).join('\n\n');
  if (value instanceof Map) {
    const text = value.get('text') ?? value.get('content');
    if (typeof text === 'string') return text;
    if (value.has('image_url') || value.get('type') === 'image_url') return '[image]';
  }
  return kind(value) === 'object' ? stringify(value, 2) : stringify(value);
}

/** @param {Value} value */
function call(value) {
  const map = value instanceof Map ? value : new Map();
  const inner = map.get('function') instanceof Map ? map.get('function') : map;
  const input = inner.get('arguments') ?? inner.get('args') ?? inner.get('input');
  return { name: String(inner.get('name') ?? 'tool'), id: String(map.get('id') ?? ''),
    text: typeof input === 'string' ? input : stringify(input, 2) };
}
