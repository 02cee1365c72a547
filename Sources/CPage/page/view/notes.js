// The annotations and marks of an application.

import { h, replace } from './dom.js';
import { icon } from './icons.js';
import { load, save, thumbs } from '../data/notes.js';
import { noteForm } from './noteform.js';
import { json, send } from '../data/api.js';
import { integer } from '../core/format.js';
import { split } from '../core/pointer.js';

/** @typedef {import('../data/notes.js').Note} Note */

export class Notes {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    /** @type {Note[]} */
    this.list = [];
    /** @type {string | null} */
    this.problem = null;
    /** @type {{note: Note | null, field: string} | null} */
    this.editing = null;
    this.el = h('div', { class: 'notes' });
    this.shown = '';
  }

  async load() {
    try {
      this.list = await load(this.session.project, this.session.app);
      this.problem = null;
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.shown = '';
    this.session.changed('notes');
  }

  /** @param {string} path */
  begin(path) {
    this.editing = { note: null, field: path ? split(path)[0] : '' };
    this.shown = '';
    this.draw();
    this.el.querySelector('input')?.focus();
  }

  draw() {
    const { session } = this;
    const key = `${session.step}/${session.marks.length}/${this.list.length}`;
    if (this.shown === key) return;
    if (this.editing && this.el.querySelector('form')) return;
    this.shown = key;
    const here = this.list.filter((note) => note.step_sequence_id === session.step);
    const others = this.list.filter((note) => note.step_sequence_id !== session.step);
    replace(this.el,
      this.problem && h('p', { class: 'problem' }, this.problem),
      h('h2', null, `Step ${integer(session.step)}`),
      this.editing ? this.form(this.editing) : h('button', { class: 'outline',
        onclick: () => this.begin('') }, icon('note'), 'Annotate this step'),
      here.map((note) => this.card(note)),
      session.marks.length > 0 && [h('h2', null, 'Marks'), h('ul', { class: 'links' },
        session.marks.map((mark) => this.mark(mark)))],
      others.length > 0 && [h('h2', null, 'Elsewhere in this run'),
        others.map((note) => this.card(note))]);
  }

  /** @param {{note: Note | null, field: string}} editing */
  form({ note, field }) {
    const { session } = this;
    const close = () => {
      this.editing = null;
      this.shown = '';
      this.el.querySelector('form')?.remove();
      this.draw();
    };
    return noteForm({ note, field, fields: session.about?.keys ?? [],
      tags: [...new Set(this.list.flatMap(({ tags }) => tags))], cancel: close,
      save: async (tags, observations) => {
        const action = session.row(session.step)?.action ?? session.running?.action ?? '';
        await save({ project: session.project, app: session.app,
          partition: session.about?.partition_key ?? null,
          step: note?.step_sequence_id ?? session.step, id: note?.id },
        { step_name: note?.step_name ?? action, tags, observations });
        close();
        await this.load();
      } });
  }

  /** @param {Note} note */
  card(note) {
    const { session } = this;
    return h('article', { class: 'card' },
      h('header', null,
        h('button', { onclick: () => session.go(note.step_sequence_id) },
          `Step ${integer(note.step_sequence_id)}`), h('span', { class: 'dim' }, note.step_name),
        note.tags.map((tag) => h('span', { class: 'tag' }, tag)),
        h('button', { class: 'icon', 'aria-label': 'Edit', onclick: () => {
          if (session.step !== note.step_sequence_id) session.go(note.step_sequence_id);
          this.editing = { note, field: '' };
          this.shown = '';
          this.draw();
        } }, icon('more'))),
      note.observations.map((each) => h('div', { class: 'seen' },
        each.thumbs_up_thumbs_down !== null && h('span', { class: 'status',
          title: `Thumbs ${thumbs(each.thumbs_up_thumbs_down)}` },
        icon(each.thumbs_up_thumbs_down ? 'up' : 'thumbdown')),
        each.data_pointers.map(({ field_name: name }) => h('code', null, name)),
        each.data_fields.note && h('p', null, each.data_fields.note),
        each.data_fields.ground_truth && h('p', null, h('span', { class: 'dim' },
          'Ground truth: '), each.data_fields.ground_truth))));
  }

  /** @param {any} mark */
  mark(mark) {
    const { session } = this;
    return h('li', null, h('button', { onclick: () => session.go(mark.step) }, icon('mark'),
      mark.name), h('span', { class: 'dim num' }, `step ${integer(mark.step)}`),
    mark.message && h('span', null, mark.message),
    h('button', { class: 'icon', 'aria-label': `Remove the mark ${mark.name}`,
      onclick: async () => {
        try {
          await json(`${session.url}/marks/${encodeURIComponent(mark.name)}`,
            { method: 'DELETE' });
          session.marks = session.marks.filter(({ name }) => name !== mark.name);
          session.changed('marks');
        } catch (error) {
          this.page.shell.toast(/** @type {Error} */ (error).message);
        }
      } }, icon('close')));
  }
}

/**
 * Asks for the name of a mark and sets it.
 * @param {import('./apppage.js').AppPage} page
 */
export function askMark(page) {
  const { session, shell } = page;
  const { step } = session;
  const name = h('input', { 'aria-label': 'Name', required: true, maxlength: 128,
    pattern: '[^\\/@]+', value: `step-${step}` });
  const message = h('input', { 'aria-label': 'Message', placeholder: 'Message (optional)' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const form = h('form', { class: 'note-form', id: 'mark-form', onsubmit: async (
    /** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const mark = await send('POST', `${session.url}/marks`, { name: name.value,
        ref: String(step), message: message.value || null });
      session.marks = [...session.marks.filter((each) => each.name !== mark.name), mark]
        .sort((a, b) => a.step - b.step);
      session.changed('marks');
      dialog.close();
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
    }
  } }, h('label', { class: 'field' }, 'Name', name), h('label', { class: 'field' }, 'Message',
    message), problem, h('p', { class: 'dim' }, 'The ref mark:NAME then leads here, everywhere.'));
  const dialog = shell.dialog(`Mark step ${integer(step)}`, [form],
    [h('button', { class: 'solid', form: 'mark-form' }, 'Mark')]);
  name.select();
}
