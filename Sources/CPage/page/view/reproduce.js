// A step as a test: the command that makes one, and the fixture itself.

import { h, replace } from './dom.js';
import { exact, url } from '../data/api.js';
import { stringify } from '../core/json.js';

/**
 * What a shell takes as one word.
 * @param {string} text
 */
export function quote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export class Reproduce {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    this.el = h('div', { class: 'reproduce' });
    this.shown = -1;
  }

  draw() {
    const { session, page } = this;
    if (this.shown === session.step) return;
    this.shown = session.step;
    const partition = session.about?.partition_key;
    const command = ['burr-test-case', 'create', '--project-name', quote(session.project),
      ...(partition ? ['--partition-key', quote(partition)] : []), '--app-id',
      quote(session.app), '--sequence-id', String(session.step), '--target-file-name',
      quote(`${session.app}_${session.step}.json`)].join(' ');
    const replay = `burr replay ${quote(`${session.project}/${session.app}`)} --step ${
      session.step}`;
    const row = (/** @type {string} */ title, /** @type {string} */ text) => h('section', null,
      h('h2', null, title), h('div', { class: 'copyable' }, h('pre', { tabindex: 0 }, text),
        h('button', { class: 'outline', onclick: () => page.shell.copy(text, 'the command') },
          'Copy')));
    replace(this.el, row('The state at this step, in a terminal', replay),
      row('A test case, with Burr\u2019s own command', command),
      h('section', null, h('h2', null, 'The test case itself'),
        h('p', { class: 'dim' }, 'The action, the state that it saw, its inputs, and the state '
          + 'that it left.'),
        h('div', { class: 'buttons' },
          h('button', { class: 'outline', onclick: () => this.fixture(true) }, 'Copy fixture'),
          h('button', { class: 'outline', onclick: () => this.fixture(false) },
            'Download fixture'))));
  }

  /** @param {boolean} copy */
  async fixture(copy) {
    const { session, page } = this;
    const { step } = session;
    try {
      const get = (/** @type {string} */ side) => exact(url(`${session.url}/states/${step}`,
        { side, full: 1, g: session.g }));
      const [before, after, detail] = await Promise.all([get('before'), get('after'),
        exact(url(`${session.url}/steps/${step}`, { g: session.g }))]);
      const text = fixture(session.app, step, detail.value, before.value.get('value'),
        after.value.get('value'));
      if (copy) page.shell.copy(text, 'the fixture');
      else page.shell.download(`${session.app}_${step}.json`, 'application/json', text);
    } catch (error) {
      page.shell.toast(/** @type {Error} */ (error).message);
    }
  }
}

/**
 * In the form that Burr's testing reads: a list of cases. A failed step has no state to expect.
 * @param {string} app
 * @param {number} step
 * @param {Map<string, any>} detail
 * @param {any} before
 * @param {any} after
 */
export function fixture(app, step, detail, before, after) {
  const own = (/** @type {any} */ state) => (state instanceof Map
    ? new Map([...state].filter(([key]) => !key.startsWith('__'))) : state);
  const action = detail.get('action');
  const parts = new Map([['action', action], ['name', `${action}_${app.slice(0, 8)}_${step}`],
    ['input_state', own(before)], ['inputs', detail.get('inputs') ?? new Map()]]);
  if (detail.get('exception') === null) parts.set('expected_state', own(after));
  return stringify([parts], 2) + '\n';
}
