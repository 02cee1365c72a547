// All projects, kept up to date.

import { h, replace, text } from './dom.js';
import { Poll } from '../data/poll.js';
import { pages, projectsUrl, url } from '../data/api.js';
import { VirtualList } from './vlist.js';
import { Sorting, headRow, table } from './sorting.js';
import { failure, notice, staleBanner } from './notice.js';
import { ago, bytes, integer, micros, plural } from '../core/format.js';
import { projectPath } from '../core/refs.js';

const COLUMNS = [
  { id: 'project', title: 'Project' },
  { id: 'apps', title: 'Applications', right: true },
  { id: 'stored_bytes', title: 'On disk', right: true },
  { id: 'last_written', title: 'Last written', right: true },
];

export class ProjectsPage {
  /** @param {import('./shell.js').Shell} shell */
  constructor(shell) {
    shell.crumbs([]);
    /** @type {any[] | null} */
    this.all = null;
    /** @type {any[]} */
    this.rows = [];
    this.sorting = new Sorting('last_written', () => this.draw());
    this.count = h('span', { class: 'dim' });
    this.search = h('input', { type: 'search', placeholder: 'Search projects',
      'aria-label': 'Search projects', oninput: () => this.draw() });
    this.list = new VirtualList({ row: 36, create: () => row(),
      fill: (el, i) => fill(el, this.rows[i]),
      properties: { role: 'rowgroup', 'aria-label': 'Projects' } });
    this.head = headRow(COLUMNS, this.sorting);
    this.stale = staleBanner();
    this.body = h('div', { class: 'grid projects' });
    this.el = h('div', { class: 'listing' },
      h('div', { class: 'head' }, h('h1', null, 'Projects'), this.count),
      h('div', { class: 'filters' }, this.search), this.stale, this.body);
    replace(this.body, notice({ title: 'Loading projects' }));
    shell.commands([{ id: 'find', title: 'Search projects', keys: ['/'], group: 'List',
      run: () => this.search.focus() }]);
    // So that "a minute ago" stays true.
    this.tick = setInterval(() => this.list.draw(), 10_000);
    this.poll = new Poll(url(projectsUrl(), { limit: 1000 }), (signal) => this.load(signal),
      (error) => this.report(error));
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const all = [];
    for await (const page of pages(url(projectsUrl(), { limit: 1000 }), signal)) {
      all.push(...page.items);
    }
    this.all = all;
    this.draw();
  }

  draw() {
    if (!this.all) return;
    const wanted = this.search.value.trim().toLowerCase();
    this.rows = this.sorting.sort(this.all.filter(({ project }) =>
      project.toLowerCase().includes(wanted)));
    text(this.count, plural(this.all.length, 'project'));
    this.sorting.mark(this.head);
    if (!this.all.length) {
      replace(this.body, notice({ title: 'No runs yet',
        text: 'Nothing has been tracked in this folder. Track a Burr application, or take in '
          + 'what Burr has recorded:', code: 'burr import ~/.burr\nburr demo' }));
      return;
    }
    if (!this.body.contains(this.list.el)) {
      replace(this.body, table('Projects', this.head, this.list.el));
    }
    this.list.setCount(this.rows.length);
    this.list.draw();
  }

  /** @param {unknown} error  null where all is well */
  report(error) {
    this.stale.hidden = error === null || !this.all;
    if (error === null || this.all) return;
    replace(this.body, failure(error, { retry: () => this.poll.now() }));
  }

  stop() {
    clearInterval(this.tick);
    this.poll.stop();
  }
}

function row() {
  return h('div', { class: 'row', role: 'row' },
    h('div', { class: 'name', role: 'cell' }, h('a', { class: 'cover' }),
      h('span', { class: 'problem' })),
    h('div', { class: 'right', role: 'cell' }), h('div', { class: 'right', role: 'cell' }),
    h('div', { class: 'right dim', role: 'cell' }));
}

/** @param {HTMLElement} el @param {any} item */
function fill(el, item) {
  const [name, apps, size, written] = el.children;
  const link = /** @type {HTMLAnchorElement} */ (name.children[0]);
  link.href = projectPath(item.project);
  text(link, item.project);
  text(name.children[1], item.problems ? plural(item.problems, 'problem') : '');
  text(apps, integer(item.apps));
  text(size, bytes(item.stored_bytes));
  text(written, ago(micros(item.last_written)));
}
