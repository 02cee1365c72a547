// Annotations, as Burr's page has them.

import { annotationsUrl, json, send } from './api.js';
import { own } from '../core/refs.js';

/**
 * @typedef {object} Observation
 * @property {{note?: string, ground_truth?: string}} data_fields
 * @property {boolean | null} thumbs_up_thumbs_down
 * @property {{type: string, field_name: string, span_id: string | null}[]} data_pointers
 */
/**
 * @typedef {object} Note
 * @property {number} id
 * @property {string} app_id
 * @property {string | null} partition_key
 * @property {number} step_sequence_id
 * @property {string} step_name
 * @property {string[]} tags
 * @property {Observation[]} observations
 * @property {string} updated
 */

/** @param {string} project @param {string} [app] @returns {Promise<Note[]>} */
export function load(project, app) {
  return json(annotationsUrl(project, { app_id: app }));
}

/**
 * @param {{project: string, app: string, partition: string | null, step: number, id?: number}} at
 * @param {{step_name: string, tags: string[], observations: Observation[]}} what
 */
export function save(at, what) {
  const project = encodeURIComponent(at.project);
  const body = { span_id: null, ...what };
  if (at.id !== undefined) {
    return send('PUT', own(`/api/v0/${project}/${at.id}/update_annotations`), body);
  }
  const partition = encodeURIComponent(at.partition ?? '__none__');
  return send('POST', own(`/api/v0/${project}/${encodeURIComponent(at.app)}/${partition}/${
    at.step}/annotations`), body);
}

/** @param {string} text */
function cell(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One line for each observation (RFC 4180).
 * @param {Note[]} notes
 */
export function csv(notes) {
  const head = ['id', 'app_id', 'partition_key', 'step', 'action', 'tags', 'fields', 'thumbs',
    'note', 'ground_truth', 'updated'];
  const lines = notes.flatMap((note) => {
    const list = note.observations.length ? note.observations
      : [{ data_fields: {}, thumbs_up_thumbs_down: null, data_pointers: [] }];
    return list.map((each) => [note.id, note.app_id, note.partition_key ?? '',
      note.step_sequence_id, note.step_name, note.tags.join(' '),
      each.data_pointers.map(({ field_name: name }) => name).join(' '),
      thumbs(each.thumbs_up_thumbs_down), each.data_fields.note ?? '',
      each.data_fields.ground_truth ?? '', note.updated]);
  });
  return [head, ...lines].map((line) => line.map((item) => cell(String(item))).join(','))
    .join('\r\n') + '\r\n';
}

/** @param {boolean | null} up */
export function thumbs(up) {
  return up === null || up === undefined ? '' : up ? 'up' : 'down';
}
