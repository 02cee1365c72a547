// All annotations of a project, with filters and as CSV.

import { h, replace, text } from './dom.js';
import { icon } from './icons.js';
import { csv, load, save, thumbs } from '../data/notes.js';
import { noteForm } from './noteform.js';
import { VirtualList } from './vlist.js';
import { Sorting, headRow, table } from './sorting.js';
import { failure, notice } from './notice.js';
import { ago, integer, micros, plural } from '../core/format.js';
import { appPath, own, projectPath } from '../core/refs.js';

const COLUMNS = [
  { id: 'app_id', title: 'Application' },
  { id: 'step_sequence_id', title: 'Step', right: true },
  { id: 'step_name', title: 'Action' },
  { id: 'tags', title: 'Tags', fixed: true },
  { id: 'note', title: 'Note', fixed: true },
  { id: 'updated', title: 'Changed', right: true },
];

/** @typedef {import('../data/notes.js').Note} Note */

export class NotesPage {
  /** @param {import('./shell.js').Shell} shell @param {string} project */
  constructor(shell, project) {
    shell.crumbs([{ text: project, href: projectPath(project) }, { text: 'Annotations' }]);
    this.shell = shell;
    this.project = project;
    /** @type {Note[]} */
    this.all = [];
    /** @type {Note[]} */
    this.rows = [];
    this.sorting = new Sorting('updated', () => this.draw());
    this.search = h('input', { type: 'search', placeholder: 'Search annotations',
      'aria-label': 'Search annotations', oninput: () => this.draw() });
    this.tag = h('select', { 'aria-label': 'Tag', onchange: () => this.draw() });
    this.action = h('select', { 'aria-label': 'Action', onchange: () => this.draw() });
    this.count = h('span', { class: 'count num', role: 'status' });
    this.list = new VirtualList({ row: 36, create: () => this.row(),
      fill: (el, i) => this.fill(el, this.rows[i]),
      properties: { role: 'rowgroup', 'aria-label': 'Annotations' } });
    this.head = headRow(COLUMNS, this.sorting);
    this.body = h('div', { class: 'grid notes-page' },
      notice({ title: 'Loading annotations' }));
    this.el = h('div', { class: 'listing' },
      h('div', { class: 'head' }, h('h1', null, 'Annotations'), h('span', { class: 'dim' }),
        h('button', { class: 'outline', onclick: () => shell.download(
          `${project}-annotations.csv`, 'text/csv', csv(this.rows)) }, 'Download CSV')),
      h('div', { class: 'filters' }, this.search, this.tag, this.action, this.count), this.body);
    shell.commands([{ id: 'find', title: 'Search annotations', keys: ['/'], group: 'List',
      run: () => this.search.focus() }]);
    this.load();
  }

  async load() {
    try {
      this.all = await load(this.project);
      this.offer(this.tag, 'Tag', this.all.flatMap(({ tags }) => tags));
      this.offer(this.action, 'Action', this.all.map(({ step_name: name }) => name));
      this.draw();
    } catch (error) {
      replace(this.body, failure(error, { retry: () => this.load(),
        up: { text: 'All projects', href: own('/') } }));
    }
  }

  /** @param {HTMLSelectElement} select @param {string} label @param {string[]} names */
  offer(select, label, names) {
    const wanted = select.value;
    replace(select, h('option', { value: '' }, `${label}: all`),
      [...new Set(names)].sort().map((name) => h('option', { value: name }, name)));
    select.value = wanted;
  }

  draw() {
    const wanted = this.search.value.trim().toLowerCase();
    this.rows = this.sorting.sort(this.all.filter((note) =>
      (!this.tag.value || note.tags.includes(this.tag.value))
      && (!this.action.value || note.step_name === this.action.value)
      && (!wanted || JSON.stringify(note).toLowerCase().includes(wanted))));
    this.sorting.mark(this.head);
    text(this.count, plural(this.rows.length, 'annotation'));
    if (!this.all.length) {
      replace(this.body, notice({ title: 'No annotations yet',
        text: 'Open a run and choose Notes at a step to write the first one.',
        links: [{ text: 'Applications', href: projectPath(this.project) }] }));
      return;
    }
    if (!this.body.contains(this.list.el)) {
      replace(this.body, table('Annotations', this.head, this.list.el));
    }
    this.list.setCount(this.rows.length);
    this.list.draw();
  }

  row() {
    return h('div', { class: 'row', role: 'row' },
      h('div', { class: 'name', role: 'cell' }, h('a', { class: 'cover' })),
      h('div', { class: 'right', role: 'cell' }), h('div', { role: 'cell' }),
      h('div', { role: 'cell' }), h('div', { class: 'above', role: 'cell' },
        h('button', { 'aria-label': 'Edit' }, icon('note')), h('span', null)),
      h('div', { class: 'right dim', role: 'cell' }));
  }

  /** @param {HTMLElement} el @param {Note} note */
  fill(el, note) {
    const [name, step, action, tags, words, changed] = /** @type {any} */ (el.children);
    const link = name.firstChild;
    link.href = appPath(this.project, note.app_id, { step: String(note.step_sequence_id),
      side: 'notes' });
    text(link, note.app_id);
    text(step, integer(note.step_sequence_id));
    text(action, note.step_name);
    replace(tags, note.tags.map((tag) => h('span', { class: 'tag' }, tag)));
    words.firstChild.onclick = () => this.edit(note);
    text(words.lastChild, note.observations.map((each) =>
      [each.thumbs_up_thumbs_down === null ? '' : `thumbs ${thumbs(each.thumbs_up_thumbs_down)}`,
        each.data_fields.note].filter(Boolean).join(': ')).join(' \u00b7 '));
    text(changed, ago(micros(note.updated)));
  }

  /** @param {Note} note */
  edit(note) {
    const fields = note.observations.flatMap((each) =>
      each.data_pointers.map(({ field_name: name }) => name));
    const dialog = this.shell.dialog(`Annotation of step ${note.step_sequence_id}`, [noteForm({
      note, fields, field: '', tags: [...new Set(this.all.flatMap(({ tags }) => tags))],
      cancel: () => dialog.close(), save: async (tags, observations) => {
        await save({ project: this.project, app: note.app_id, partition: note.partition_key,
          step: note.step_sequence_id, id: note.id },
        { step_name: note.step_name, tags, observations });
        dialog.close();
        await this.load();
      } })]);
  }

  stop() {
    // Nothing runs on.
  }
}
