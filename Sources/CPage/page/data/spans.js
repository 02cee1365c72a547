// The spans, attributes and streams of one step, from its events.

import { micros } from '../core/format.js';

/**
 * @typedef {object} Span
 * @property {string} id
 * @property {string} name
 * @property {number} depth
 * @property {number} start          microseconds since 1970
 * @property {number | null} end     null while it runs
 * @property {{key: string, value: any}[]} attributes
 */
/**
 * @typedef {object} Traced
 * @property {Span[]} spans
 * @property {{key: string, value: any}[]} attributes  of the step itself
 * @property {{kind: string, time: number | null, data: any}[]} streams
 */

/** @param {any} event  the data of it as ordinary objects */
export function dataOf(event) {
  return event.data ?? {};
}

/** @param {any[]} events @returns {Traced} */
export function trace(events) {
  /** @type {Map<string, Span>} */
  const spans = new Map();
  /** @type {Traced} */
  const traced = { spans: [], attributes: [], streams: [] };
  for (const event of events) {
    const data = dataOf(event);
    if (event.type === 'span.begin') {
      const parent = spans.get(data.parent_span_id ?? '');
      spans.set(data.span_id, { id: data.span_id, name: data.span_name ?? data.span_id,
        depth: parent ? parent.depth + 1 : 0,
        start: micros(data.start_time ?? event.time) ?? 0, end: null, attributes: [] });
    } else if (event.type === 'span.end') {
      const span = spans.get(data.span_id);
      if (span) span.end = micros(data.end_time ?? event.time);
    } else if (event.type === 'attribute') {
      const own = { key: String(data.key), value: data.value };
      (spans.get(data.span_id ?? '')?.attributes ?? traced.attributes).push(own);
    } else if (event.type.startsWith('stream.')) {
      traced.streams.push({ kind: event.type, time: micros(event.time), data });
    }
  }
  traced.spans = [...spans.values()];
  return traced;
}

/** How long until the first item came, and how fast the others did.
 *  @param {Traced['streams']} streams */
export function streamed(streams) {
  const begin = streams.find(({ kind }) => kind === 'stream.begin');
  const first = streams.find(({ kind }) => kind === 'stream.first');
  const end = streams.find(({ kind }) => kind === 'stream.end');
  const at = (/** @type {any} */ event, /** @type {string} */ field) =>
    micros(event?.data[field]) ?? event?.time ?? null;
  const from = at(first ?? begin, 'stream_init_time') ?? at(begin, 'stream_init_time');
  const one = at(first, 'first_item_time');
  const last = at(end, 'end_time');
  const items = Number(end?.data.items_streamed ?? 0);
  return {
    delay: from !== null && one !== null ? one - from : null,
    items,
    each: one !== null && last !== null && items > 0 ? (last - one) / items : null,
  };
}
