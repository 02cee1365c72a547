// The applications of a project: filtered, sorted, forks and sub-applications under their parents.

import { h, replace, text } from './dom.js';
import { icon, statusIcon } from './icons.js';
import { Poll } from '../data/poll.js';
import { annotationsUrl, appsUrl, json, pages, url } from '../data/api.js';
import { VirtualList } from './vlist.js';
import { Sorting, headRow, table } from './sorting.js';
import { failure, notice, staleBanner } from './notice.js';
import { arrange, spent } from '../data/appsmodel.js';
import { ago, bytes, duration, integer, micros, plural } from '../core/format.js';
import { appPath, own, projectPath } from '../core/refs.js';

const COLUMNS = [
  { id: 'app', title: 'Application' },
  { id: 'status', title: 'Status' },
  { id: 'partition_key', title: 'Partition' },
  { id: 'steps', title: 'Steps', right: true },
  { id: 'duration', title: 'Duration', right: true },
  { id: 'stored_bytes', title: 'On disk', right: true },
  { id: 'last_written', title: 'Last written', right: true },
];
const TIMES = [['', 'Any time'], ['1', 'Last hour'], ['24', 'Last day'], ['168', 'Last week'],
  ['720', 'Last month']];

export class AppsPage {
  /** @param {import('./shell.js').Shell} shell @param {string} project
   *  @param {URLSearchParams} query */
  constructor(shell, project, query) {
    shell.crumbs([{ text: project }]);
    this.project = project;
    /** @type {Map<string, any>} */
    this.all = new Map();
    this.loaded = false;
    /** @type {Map<string, Set<string>>} */
    this.tags = new Map();
    /** @type {Set<string>} */
    this.closed = new Set();
    /** @type {import('../data/appsmodel.js').Place[]} */
    this.rows = [];
    this.sorting = new Sorting(query.get('sort') ?? 'last_written', () => this.draw());
    this.search = h('input', { type: 'search', placeholder: 'Search by id or partition',
      'aria-label': 'Search applications', value: query.get('q') ?? '',
      oninput: () => this.draw() });
    this.status = this.select('Status', query.get('status'));
    this.partition = this.select('Partition', query.get('partition'));
    this.tag = this.select('Tag', query.get('tag'));
    this.time = this.select('Time', query.get('hours'), TIMES);
    this.count = h('span', { class: 'count num', role: 'status' });
    this.narrow = matchMedia('(max-width: 56rem)');
    this.list = new VirtualList({ row: this.tall(), create: () => this.row(),
      fill: (el, i) => this.fill(el, this.rows[i]),
      properties: { role: 'rowgroup', 'aria-label': 'Applications' } });
    this.head = headRow(COLUMNS, this.sorting);
    this.stale = staleBanner();
    this.frame = 0;
    this.body = h('div', { class: 'grid apps' },
      notice({ title: 'Loading applications' }));
    this.el = h('div', { class: 'listing' },
      h('div', { class: 'head' }, h('h1', null, project), h('span', { class: 'dim' }),
        h('a', { class: 'button outline', href: `${projectPath(project)}/notes` },
          icon('note'), 'Annotations')),
      h('div', { class: 'filters' }, this.search, this.status, this.partition, this.tag,
        this.time, this.count), this.stale, this.body);
    shell.commands([{ id: 'find', title: 'Search applications', keys: ['/'], group: 'List',
      run: () => this.search.focus() }]);
    this.narrow.onchange = () => this.list.setRow(this.tall());
    this.loadTags();
    // So that "a minute ago" stays true.
    this.tick = setInterval(() => this.list.draw(), 10_000);
    this.poll = new Poll(url(appsUrl(project), { limit: 100 }), (signal) => this.load(signal),
      (error) => this.report(error));
    this.poll.follow(project, (row) => this.take(row));
  }

  /** The height of a row: a narrow window has two lines for each. */
  tall() {
    return this.narrow.matches ? 52 : 36;
  }

  /** @param {string} label @param {string | null} chosen @param {string[][]} [options] */
  select(label, chosen, options = []) {
    const select = h('select', { 'aria-label': label, onchange: () => this.draw() },
      options.map(([value, title]) => h('option', { value }, title)));
    select.dataset.all = `${label}: all`;
    select.dataset.wanted = chosen ?? '';
    if (options.length) select.value = chosen ?? '';
    return select;
  }

  /**
   * Offers what occurs.
   * @param {HTMLSelectElement} select
   * @param {Iterable<string>} values
   */
  offer(select, values) {
    const wanted = select.options.length ? select.value : select.dataset.wanted ?? '';
    const names = [...new Set([...values, ...(wanted ? [wanted] : [])])].sort();
    const key = names.join('\n');
    select.hidden = names.length === 0;
    if (select.dataset.key === key) return;
    select.dataset.key = key;
    replace(select, h('option', { value: '' }, select.dataset.all),
      names.map((name) => h('option', { value: name }, name)));
    select.value = wanted;
  }

  async loadTags() {
    try {
      for (const note of await json(annotationsUrl(this.project))) {
        const tags = this.tags.get(note.app_id) ?? new Set();
        note.tags.forEach((/** @type {string} */ tag) => tags.add(tag));
        this.tags.set(note.app_id, tags);
      }
      this.draw();
    } catch {
      // Without annotations there is nothing to filter by.
    }
  }

  /** All rows the first time, afterwards those that were written since.
   *  @param {AbortSignal} signal */
  async load(signal) {
    const seen = new Map();
    for await (const page of pages(url(appsUrl(this.project), { limit: 1000 }), signal)) {
      for (const row of page.items) {
        seen.set(row.app, { ...row, duration: spent(row) });
      }
      const known = this.loaded && page.items.every((/** @type {any} */ row) =>
        this.all.get(row.app)?.last_written === row.last_written);
      if (!this.loaded) this.all = new Map(seen);
      else for (const [app, row] of seen) this.all.set(app, row);
      this.draw(page.total);
      if (known && page.total === this.all.size) return;
    }
    this.all = seen;
    this.loaded = true;
    this.draw();
  }

  /**
   * What became of one application. The rows are drawn once for all that come together.
   * @param {any} row
   */
  take(row) {
    if (row.removed) this.all.delete(row.app);
    else this.all.set(row.app, { ...row, duration: spent(row) });
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** @param {number} [total] */
  draw(total) {
    const rows = [...this.all.values()];
    this.offer(this.status, rows.map((row) => row.status));
    this.offer(this.partition, rows.map((row) => row.partition_key).filter(Boolean));
    this.offer(this.tag, [...this.tags.values()].flatMap((tags) => [...tags]));
    const hours = Number(this.time.value);
    const { places, found } = arrange(rows, {
      text: this.search.value, status: this.status.value, partition: this.partition.value,
      tag: this.tag.value, tags: this.tags, closed: this.closed,
      since: hours ? Date.now() * 1000 - hours * 3.6e9 : null,
    }, this.sorting);
    this.rows = places;
    this.sorting.mark(this.head);
    this.counted(found, rows.length, total);
    if (!rows.length) {
      if (!this.loaded) return;
      replace(this.body, notice({ title: 'No applications yet',
        text: `Nothing has run in ${this.project}.` }));
      return;
    }
    if (!this.body.contains(this.list.el)) {
      replace(this.body, table('Applications', this.head, this.list.el));
    }
    this.body.classList.toggle('flat', !places.some(({ kids }) => kids));
    this.list.setCount(this.rows.length);
    this.list.draw();
  }

  /**
   * @param {number} shown
   * @param {number} have
   * @param {number} [total]
   */
  counted(shown, have, total) {
    const partly = total !== undefined && total > have;
    const all = partly ? `${integer(have)} of ${integer(total)} loaded` : integer(have);
    text(this.count, shown < have ? `${integer(shown)} of ${all}`
      : partly ? `${all} applications` : plural(have, 'application'));
  }

  row() {
    return h('div', { class: 'row', role: 'row' },
      h('div', { class: 'name', role: 'cell' }, h('span', { class: 'indent' }),
        h('button', { class: 'twist' }), h('a', { class: 'cover' }), h('span', { class: 'dim' }),
        h('span', { class: 'problem' })),
      h('div', { class: 'status', role: 'cell' }), h('div', { class: 'dim', role: 'cell' }),
      h('div', { class: 'right', role: 'cell' }), h('div', { class: 'right', role: 'cell' }),
      h('div', { class: 'right', role: 'cell' }), h('div', { class: 'right dim', role: 'cell' }));
  }

  /** @param {HTMLElement} el @param {import('../data/appsmodel.js').Place} place */
  fill(el, { item, depth, kids, relation }) {
    const [name, status, partition, steps, time, size, written] = el.children;
    const [indent, twist, link, why, problem] = /** @type {any} */ (name.children);
    indent.style.width = `${depth * 16}px`;
    twist.style.visibility = kids ? '' : 'hidden';
    if (kids) {
      const shut = this.closed.has(item.app);
      replace(twist, icon(shut ? 'open' : 'down'));
      twist.setAttribute('aria-label', `${shut ? 'Show' : 'Hide'} what ${item.app} began`);
      twist.onclick = () => {
        if (!this.closed.delete(item.app)) this.closed.add(item.app);
        this.draw();
      };
    }
    link.href = appPath(this.project, item.app);
    text(link, item.app);
    text(why, relation);
    text(problem, item.problem ?? '');
    problem.title = item.problem ?? '';
    if (status.getAttribute('data-status') !== item.status) {
      status.className = `status ${item.status.replace(' ', '-')}`;
      status.setAttribute('data-status', item.status);
      replace(status, icon(statusIcon(item.status)), h('span', null, item.status));
    }
    text(partition, item.partition_key ?? '');
    text(steps, integer(item.steps));
    text(time, duration(item.duration));
    text(size, bytes(item.stored_bytes));
    text(written, ago(micros(item.last_written)));
  }

  /** @param {unknown} error  null where all is well */
  report(error) {
    this.stale.hidden = error === null || !this.loaded;
    if (error === null || this.loaded) return;
    replace(this.body, failure(error, { retry: () => this.poll.now(),
      up: { text: 'All projects', href: own('/') },
      near: (name) => ({ text: name, href: projectPath(name) }) }));
  }

  stop() {
    clearInterval(this.tick);
    this.narrow.onchange = null;
    this.poll.stop();
    cancelAnimationFrame(this.frame);
  }
}
