// The server's answers, or a Problem that says what is wrong and how to go on.

import { parse, parseSlowly } from '../core/json.js';
import { own } from '../core/refs.js';

/** What the server says is wrong (RFC 9457), or that it cannot be reached (status 0). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} type
   * @param {string} detail
   * @param {Record<string, any>} [members]
   */
  constructor(status, type, detail, members = {}) {
    super(detail);
    this.status = status;
    this.type = type;
    this.members = members;
  }

  /** @param {string} name */
  is(name) {
    return this.type === `/problems/${name}`;
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    const detail = typeof body.detail === 'string' ? body.detail : body.title ?? text;
    return new Problem(response.status, body.type ?? '', detail, body);
  } catch {
    return new Problem(response.status, '', text.slice(0, 400) || response.statusText);
  }
}

/**
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function request(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'offline', 'The server does not answer. Is `burr` still running?');
  }
  if (!response.ok) throw await problemOf(response);
  if (response.headers.get('Content-Type')?.startsWith('text/html')) {
    throw new Problem(404, '', `This server has no ${address.split('?')[0]}.`);
  }
  return response;
}

/** @param {string} url @param {RequestInit} [options] @returns {Promise<any>} */
export async function json(url, options) {
  const response = await request(url, options);
  return response.status === 204 ? null : response.json();
}

/**
 * As `json`, but exact: objects are Maps.
 * @param {string} url
 * @param {RequestInit} [options]
 */
export async function exact(url, options) {
  const text = await (await request(url, options)).text();
  const value = text.length < LARGE ? parse(text)
    : await parseSlowly(text, () => others(options?.signal));
  return { value: /** @type {Map<string, any>} */ (value), length: text.length };
}

/** A reply of so many characters is read piece by piece. */
const LARGE = 64 * 1024;

/**
 * Lets all that waits have its turn, without the delay of a timer.
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<void>}
 */
function others(signal) {
  return new Promise((done, fail) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      if (signal?.aborted) fail(signal.reason);
      else done();
    };
    port2.postMessage(null);
  });
}

/** @param {string} method @param {string} url @param {any} body @returns {Promise<any>} */
export function send(method, url, body) {
  return json(url, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** @param {unknown} error */
export function wasAborted(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** @param {string} path @param {Record<string, any>} [query]  What is null or '' is left out */
export function url(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value != null && value !== '');
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** The list of projects. */
export function projectsUrl() {
  return own('/api/v1/projects');
}

/** @param {string} project */
export function appsUrl(project) {
  return `${projectsUrl()}/${encodeURIComponent(project)}/apps`;
}

/** @param {string} project @param {string} app */
export function appUrl(project, app) {
  return `${appsUrl(project)}/${encodeURIComponent(app)}`;
}

/** @param {string} project @param {Record<string, any>} [query] */
export function annotationsUrl(project, query) {
  return url(own(`/api/v0/${encodeURIComponent(project)}/annotations`), query);
}

/**
 * Every page of a list, one after the other.
 * @param {string} first
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<any>}
 */
export async function* pages(first, signal) {
  const start = new URL(first, location.origin);
  let cursor = null;
  do {
    if (cursor !== null) start.searchParams.set('cursor', cursor);
    const page = await json(start.pathname + start.search, { signal });
    yield page;
    cursor = page.next;
  } while (cursor !== null && cursor !== undefined);
}
