// Everything about the step at the playhead that is not state.

import { h, replace } from './dom.js';
import { icon } from './icons.js';
import { exact, url, wasAborted } from '../data/api.js';
import { plain } from '../core/json.js';
import { streamed, trace } from '../data/spans.js';
import { Calls } from '../data/insights.js';
import { block, line } from './value.js';
import { bytes, duration, integer, micros, moment } from '../core/format.js';
import { notice } from './notice.js';
import { appPath } from '../core/refs.js';

/** @typedef {import('./apppage.js').AppPage} AppPage */

export class Detail {
  /** @param {AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    this.el = h('div', { class: 'detail' });
    /** @type {Map<string, any>} */
    this.known = new Map();
    this.wanted = -1;
    this.timer = 0;
    this.stop = new AbortController();
    /**
     * Sections that somebody closed.
     * @type {Set<string>}
     */
    this.closed = new Set();
    this.shown = '';
  }

  draw() {
    const { session } = this;
    const { step } = session;
    if (step < session.first || session.last() < session.first) {
      replace(this.el, notice({ title: 'No step yet' }));
      return;
    }
    const key = `${session.g}/${step}`;
    const here = this.known.get(key);
    if (here) this.fill(here, key);
    if (here?.sealed && here.status !== 'running') return;
    this.el.classList.toggle('waiting', !here);
    if (this.wanted === step && !session.topics.has('events')) return;
    this.wanted = step;
    clearTimeout(this.timer);
    this.stop.abort();
    this.timer = /** @type {any} */ (setTimeout(() => this.load(step), here ? 400 : 90));
  }

  /** @param {number} step */
  async load(step) {
    const { session } = this;
    const stop = this.stop = new AbortController();
    try {
      const { value } = await exact(url(`${session.url}/steps/${step}`, { g: session.g }),
        { signal: stop.signal });
      const key = `${session.g}/${step}`;
      this.known.delete(key);
      this.known.set(key, read(value));
      if (this.known.size > 200) this.known.delete([...this.known.keys()][0]);
      this.shown = '';
      session.changed('detail');
      if (session.step === step) {
        this.el.classList.remove('waiting');
        this.fill(this.known.get(key), key);
      }
    } catch (error) {
      if (wasAborted(error)) return;
      this.el.classList.remove('waiting');
      replace(this.el, notice({ title: 'This step cannot be shown',
        text: /** @type {Error} */ (error).message,
        links: [{ text: 'Try again', run: () => this.load(step) }] }));
    } finally {
      this.wanted = -1;
    }
  }

  /** @param {any} step @param {string} key */
  fill(step, key) {
    if (this.shown === key) return;
    this.shown = key;
    const { session } = this;
    const failed = step.exception !== null;
    const children = (session.about?.children ?? [])
      .filter((/** @type {any} */ child) => child.step === session.step);
    replace(this.el,
      this.facts(step),
      failed && this.section('Exception', [this.exception(step.exception)]),
      this.section('Inputs', [value(step.inputs)]),
      this.section('Result', [value(step.result)]),
      step.trace.spans.length > 0 && this.section('Spans',
        [waterfall(step.trace.spans, step.start, step.end)]),
      step.trace.attributes.length > 0 && this.section('Attributes',
        [pairs(step.trace.attributes)]),
      step.trace.streams.length > 0 && this.section('Streaming', [streams(step.trace.streams)]),
      children.length > 0 && this.section('Began here', [h('ul', { class: 'links' },
        children.map((/** @type {any} */ child) => h('li', null, h('a', {
          href: appPath(session.project, child.app) }, icon(child.kind === 'fork'
          ? 'fork' : 'child'), child.app))))]));
  }

  /**
   * How long a step took and what its models read and wrote, where that is known already.
   * @param {number} step
   * @returns {string[]}
   */
  figures(step) {
    const known = this.known.get(`${this.session.g}/${step}`);
    if (!known) return [];
    const { calls } = known;
    const sum = (/** @type {'input' | 'output'} */ way) =>
      calls.reduce((/** @type {number} */ all, /** @type {any} */ call) => all + call[way], 0);
    return [known.duration === null ? '' : duration(known.duration),
      sum('input') && `${integer(sum('input'))} tokens in`,
      sum('output') && `${integer(sum('output'))} out`].filter(Boolean);
  }

  /** @param {any} step */
  facts(step) {
    const grew = step.size !== null && step.size_before !== null
      ? step.size - step.size_before : null;
    const lost = this.session.windows.find(this.session.step)?.problems.has(this.session.step);
    const changed = step.changed.map((/** @type {string} */ path) => path.slice(1)
      .replaceAll('~1', '/').replaceAll('~0', '~')).join(', ');
    const rows = [
      ['Started', step.start === null ? '' : moment(step.start)],
      ['Took', step.duration === null ? step.status : duration(step.duration)],
      ['State', step.size === null ? '' : `${bytes(step.size)}${grew ? ` (${
        grew > 0 ? '+' : '\u2212'}${bytes(Math.abs(grew))})` : ''}`],
      ['Changed', changed || (lost ? 'not known' : 'nothing')],
    ];
    return h('dl', { class: 'facts num' }, rows.filter(([, text]) => text).flatMap(
      ([name, text]) => [h('dt', null, name), h('dd', null, text)]));
  }

  /** @param {string} title @param {import('./dom.js').Content[]} body */
  section(title, body) {
    const el = h('details', { class: 'section', open: !this.closed.has(title) },
      h('summary', null, icon('open'), title), body);
    el.addEventListener('toggle', () => {
      if (el.open) this.closed.delete(title);
      else this.closed.add(title);
    });
    return el;
  }

  /** @param {string} text */
  exception(text) {
    const last = text.trimEnd().split('\n').pop() ?? '';
    const trace = h('pre', { class: 'block', tabindex: 0 }, text);
    // The call that failed is the last one.
    requestAnimationFrame(() => { trace.scrollTop = trace.scrollHeight; });
    return h('div', { class: 'exception' }, h('b', null, last), trace,
    h('button', { class: 'outline', onclick: () => this.page.shell.copy(text, 'the exception') },
      icon('copy'), 'Copy'));
  }
}

/** @param {Map<string, any>} reply */
function read(reply) {
  const { inputs, result, events, ...rest } = Object.fromEntries(reply);
  const known = plain(new Map(Object.entries(rest)));
  const list = (events ?? []).map(event);
  const calls = new Calls();
  for (const each of list) if (each.type === 'attribute') calls.add(each);
  return { ...known, inputs, result, start: micros(known.start), end: micros(known.end),
    duration: known.duration_us, trace: trace(list), calls: calls.list() };
}

/**
 * An event whose attribute keeps its exact value.
 * @param {Map<string, any>} map
 */
function event(map) {
  const value = map.get('data') instanceof Map ? map.get('data').get('value') : undefined;
  const data = plain(map);
  if (value !== undefined) data.data.value = value;
  return data;
}

/** @param {import('../core/json.js').Value | undefined} what */
function value(what) {
  if (what === null || what === undefined) return h('p', { class: 'dim' }, 'null');
  if (what instanceof Map && !what.size) return h('p', { class: 'dim' }, 'empty');
  if (!(what instanceof Map)) return block(what);
  return pairs([...what].map(([key, item]) => ({ key, value: item })));
}

/** @param {{key: string, value: any}[]} list */
function pairs(list) {
  return h('dl', { class: 'pairs' }, list.flatMap(({ key, value: item }) => {
    const long = (typeof item === 'object' && item !== null)
      || (typeof item === 'string' && item.length > 60);
    return [h('dt', null, key), h('dd', null, long
      ? h('details', null, h('summary', null, line(item, 90)), block(item)) : line(item))];
  }));
}

/** @param {import('../data/spans.js').Span[]} spans @param {number | null} from
 *  @param {number | null} to */
function waterfall(spans, from, to) {
  const begin = Math.min(from ?? Infinity, ...spans.map(({ start }) => start));
  const ends = spans.map((span) => span.end ?? span.start);
  const stop = ends.reduce((most, end) => Math.max(most, end), to ?? begin + 1);
  const whole = Math.max(1, stop - begin);
  return h('div', { class: 'waterfall' }, spans.map((span) => {
    const left = (span.start - begin) / whole;
    const width = ((span.end ?? stop) - span.start) / whole;
    const late = to !== null && span.start >= to;
    const row = h('summary', null,
      h('span', { class: 'name', style: { 'padding-left': `${span.depth * 12}px` } }, span.name),
      h('span', { class: `track${span.end === null ? ' running' : ''}${late ? ' late' : ''}` },
        h('i', { style: { left: `${left * 100}%`, width: `${Math.max(0.6, width * 100)}%` } })),
      h('span', { class: 'num' }, span.end === null ? 'running'
        : duration(span.end - span.start)));
    return h('details', { class: span.attributes.length ? 'span' : 'span bare' }, row,
      span.attributes.length > 0 && pairs(span.attributes));
  }));
}

/** @param {import('../data/spans.js').Traced['streams']} list */
function streams(list) {
  const { delay, items, each } = streamed(list);
  const words = list.filter(({ kind }) => kind === 'stream.item');
  return h('div', null, h('dl', { class: 'facts num' },
    delay !== null && [h('dt', null, 'First item after'), h('dd', null, duration(delay))],
    items > 0 && [h('dt', null, 'Items'), h('dd', null, integer(items))],
    each !== null && [h('dt', null, 'Per item'), h('dd', null, duration(each))]),
  words.length > 0 && h('pre', { class: 'block', tabindex: 0 },
    words.map(({ data }) => text(data)).join('')));
}

/** @param {any} data */
function text(data) {
  const item = data.item ?? data.value ?? '';
  return typeof item === 'string' ? item : JSON.stringify(item);
}
