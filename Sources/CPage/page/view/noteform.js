// The form for an annotation.

import { h, replace } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('../data/notes.js').Observation} Observation */
/** @typedef {import('../data/notes.js').Note} Note */

/**
 * @param {object} what
 * @param {Note | null} what.note       to be changed; null begins one
 * @param {string[]} what.fields        state fields and attributes that may be pointed at
 * @param {string[]} what.tags          tags in use, to choose from
 * @param {string} what.field           pointed at in a new one
 * @param {(tags: string[], observations: Observation[]) => Promise<void>} what.save
 * @param {() => void} what.cancel
 */
export function noteForm({ note, fields, tags, field, save, cancel }) {
  const tagInput = h('input', { value: note?.tags.join(', ') ?? '', list: 'note-tags',
    placeholder: 'good, to check', 'aria-label': 'Tags, separated by commas' });
  /** @type {Observation[]} */
  const observations = note?.observations.length
    ? structuredClone(note.observations) : [empty(field)];
  const list = h('div', { class: 'observations' });
  const draw = () => replace(list, observations.map((each, i) => observation(each, fields, () => {
    observations.splice(i, 1);
    draw();
  }, observations.length > 1)));
  draw();
  const problem = h('p', { class: 'problem', role: 'alert' });
  const form = h('form', { class: 'note-form', onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await save(tagInput.value.split(',').map((tag) => tag.trim()).filter(Boolean),
        observations);
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
    }
  } }, h('label', { class: 'field' }, 'Tags', tagInput),
  h('datalist', { id: 'note-tags' }, tags.map((tag) => h('option', { value: tag }))),
  list, h('button', { type: 'button', class: 'outline', onclick: () => {
    observations.push(empty(''));
    draw();
  } }, 'Another observation'), problem,
  h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'solid' }, 'Save'),
    h('button', { type: 'button', class: 'outline', onclick: cancel }, 'Cancel')));
  return form;
}

/** @param {string} field @returns {Observation} */
function empty(field) {
  return { data_fields: { note: '', ground_truth: '' }, thumbs_up_thumbs_down: null,
    data_pointers: field ? [{ type: 'state_field', field_name: field, span_id: null }] : [] };
}

/** @param {Observation} each @param {string[]} fields @param {() => void} remove
 *  @param {boolean} removable */
function observation(each, fields, remove, removable) {
  const thumb = (/** @type {boolean} */ up) => h('button', { type: 'button', class: 'icon',
    'aria-label': up ? 'Thumbs up' : 'Thumbs down',
    'aria-pressed': String(each.thumbs_up_thumbs_down === up), onclick: (
      /** @type {Event} */ event) => {
      each.thumbs_up_thumbs_down = each.thumbs_up_thumbs_down === up ? null : up;
      const box = /** @type {HTMLElement} */ (event.currentTarget).parentElement;
      box?.querySelectorAll('button[aria-pressed]').forEach((button, i) => button.setAttribute(
        'aria-pressed', String(each.thumbs_up_thumbs_down === (i === 0))));
    } }, icon(up ? 'up' : 'thumbdown'));
  const area = (/** @type {'note' | 'ground_truth'} */ name, /** @type {string} */ label) =>
    h('label', { class: 'field' }, label, h('textarea', { rows: 2,
      value: each.data_fields[name] ?? '', oninput: (/** @type {Event} */ event) => {
        each.data_fields[name] = /** @type {HTMLTextAreaElement} */ (event.target).value;
      } }));
  const now = each.data_pointers[0];
  const names = now && !fields.includes(now.field_name)
    ? [now.field_name, ...fields] : fields;
  const select = h('select', { 'aria-label': 'Field', onchange: () => {
    const attribute = select.selectedOptions[0]?.dataset.type === 'attribute';
    each.data_pointers = select.value ? [{ type: attribute ? 'attribute' : 'state_field',
      field_name: select.value, span_id: null }] : [];
  } }, h('option', { value: '' }, 'The whole step'), names.map((name) =>
    h('option', { value: name }, name)));
  select.value = now?.field_name ?? '';
  return h('fieldset', null, h('legend', { class: 'hidden-text' }, 'Observation'),
    h('div', { class: 'about' }, thumb(true), thumb(false), select,
      removable && h('button', { type: 'button', class: 'icon', 'aria-label':
        'Remove this observation', onclick: remove }, icon('close'))),
    area('note', 'Note'), area('ground_truth', 'Ground truth'));
}
