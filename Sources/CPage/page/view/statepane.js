// The pane in the middle: state, diff, side by side, chat, raw.

import { attribute, h, replace, text } from './dom.js';
import { icon } from './icons.js';
import { TreeView } from './treeview.js';
import { ChatView } from './chat.js';
import { RawView } from './raw.js';
import { conversation } from '../core/messages.js';
import { count } from '../core/diff.js';
import { bytes, integer } from '../core/format.js';
import { notice } from './notice.js';
import { sums } from './value.js';
import { trail } from '../data/writers.js';

/** @typedef {import('./apppage.js').AppPage} AppPage */

export const VIEWS = /** @type {const} */ ([['state', 'State'], ['diff', 'Diff'],
  ['sides', 'Side by side'], ['chat', 'Chat'], ['raw', 'Raw']]);

export class StatePane {
  /** @param {AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    this.tree = new TreeView(this);
    this.chat = new ChatView(page);
    this.raw = new RawView();
    this.tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'How the state is shown' },
      VIEWS.map(([id, title]) => h('button', { role: 'tab', 'data-view': id,
        onclick: () => this.session.set('view', id) }, title)));
    this.tabs.addEventListener('keydown', (event) => tabKeys(event, this.tabs));
    this.stale = h('div', { class: 'stale', role: 'status' });
    this.summary = h('span', { class: 'summary num' });
    this.base = h('button', { title: 'What it is compared with (C)',
      onclick: () => this.page.toggleBase() });
    this.internal = h('button', { title: 'Also keys that begin with __', onclick: () => {
      this.tree.options.internal = !this.tree.options.internal;
      this.draw();
    } }, '__');
    this.internal.className = 'inner';
    this.internal.setAttribute('aria-label', 'Show internal keys');
    this.input = h('input', { type: 'search', placeholder: 'Find', 'aria-label': 'Find in state',
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.find(event) });
    this.body = h('div', { class: 'pane-body', role: 'tabpanel', 'aria-label': 'State' });
    this.el = h('section', { class: 'pane state', 'aria-label': 'State' },
      h('div', { class: 'pane-head' }, this.tabs, h('span', { class: 'grow' }), this.summary,
        this.base, this.internal, this.input), this.stale, this.body);
  }

  /** @param {KeyboardEvent} event */
  find(event) {
    if (event.key === 'Escape') this.input.blur();
    if (event.key !== 'Enter' || !this.input.value.trim()) return;
    const hits = this.tree.find(this.input.value.trim(), event.shiftKey ? -1 : 1);
    if (!hits) this.page.shell.toast('Nothing found in what is open');
  }

  /** @param {Element} el */
  put(el) {
    if (this.body.firstElementChild !== el || this.body.childElementCount !== 1) {
      this.body.replaceChildren(el);
    }
  }

  draw() {
    const { session } = this;
    const shown = session.look();
    this.heads();
    this.el.classList.toggle('waiting', shown !== null && !shown.current);
    this.stale.hidden = shown === null || (shown.current && !shown.note);
    if (shown === null) {
      this.put(notice(session.failure ? { title: 'This state cannot be shown',
        text: session.failure, links: [{ text: 'Try again', run: () => session.load() }] }
        : session.head < session.first ? { title: 'No step has ended yet' }
          : { title: 'Loading' }));
      return;
    }
    if (!shown.current) {
      text(this.stale, session.failure
        ? `Showing ${integer(shown.step)}. Step ${integer(session.step)}: ${session.failure}`
        : `Showing ${integer(shown.step)} \u00b7 loading ${integer(session.step)}`);
    }
    if (shown.note) text(this.stale, shown.note);
    if (shown.problem !== null) {
      this.put(notice({ title: 'This state cannot be rebuilt', text: shown.problem,
        links: this.ways(shown.step) }));
      return;
    }
    const { view } = session;
    if (view === 'chat') {
      // It scrolls to its end, for which it has to be laid out.
      this.put(this.chat.el);
      this.chat.show(shown.base, shown.state, shown.step);
    } else if (view === 'raw') {
      this.raw.show(shown.state);
      this.put(this.raw.el);
    } else this.drawTree(shown);
  }

  /**
   * Where there are states on either side of damage.
   * @param {number} step
   */
  ways(step) {
    const { session } = this;
    const window = session.windows.find(step);
    return (/** @type {(1 | -1)[]} */ ([-1, 1])).flatMap((way) => {
      const near = window?.near(step, way) ?? null;
      return near === null ? [] : [{ text: `${way < 0 ? 'Last before' : 'First after'}: step ${
        integer(near)}`, run: () => session.go(near) }];
    });
  }

  /** @param {import('../data/session.js').Shown} shown */
  drawTree(shown) {
    const changedOnly = this.session.view !== 'state';
    this.tree.show(shown.base, shown.state, { changedOnly, sides: this.session.view === 'sides',
      ages: changedOnly ? null : trail(this.session, shown.step) });
    if (changedOnly && !this.tree.rows.length) {
      const against = shown.baseStep === null ? 'by this step'
        : `since step ${integer(shown.baseStep)}`;
      this.put(notice({ title: `Nothing was changed ${against}` }));
    } else this.put(this.tree.el);
  }

  /**
   * A state without the keys that are not shown.
   * @param {import('../core/json.js').Value | undefined} state
   */
  seen(state) {
    if (!(state instanceof Map) || this.tree.options.internal) return state;
    return new Map([...state].filter(([key]) => !key.startsWith('__')));
  }

  heads() {
    const { session } = this;
    for (const tab of this.tabs.children) {
      const on = tab.getAttribute('data-view') === session.view;
      attribute(tab, 'aria-selected', String(on));
      attribute(tab, 'tabindex', on ? '0' : '-1');
    }
    const chat = /** @type {HTMLElement} */ (this.tabs.children[3]);
    chat.hidden = session.view !== 'chat' && !(session.shown?.state
      && conversation(session.shown.state, this.chat.path));
    const shown = session.shown;
    const row = session.row(session.step);
    if (shown?.current && shown.state !== undefined) {
      replace(this.summary, sums(count(this.seen(shown.base), this.seen(shown.state), 200)),
        h('span', { class: 'dim wide' }, row ? bytes(row.size) : ''));
    } else replace(this.summary);
    attribute(this.base, 'aria-pressed', String(session.base !== null));
    replace(this.base, session.base === null ? 'vs step before'
      : [`vs ${integer(session.base)}`, icon('close')]);
    attribute(this.internal, 'aria-pressed', String(this.tree.options.internal));
    this.input.hidden = session.view === 'chat' || session.view === 'raw';
    this.internal.hidden = this.input.hidden;
  }
}

/**
 * Left and right move between tabs.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} tabs
 */
export function tabKeys(event, tabs) {
  const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!move || event.shiftKey) return;
  const list = /** @type {HTMLElement[]} */ ([...tabs.children])
    .filter((tab) => !tab.hidden);
  const at = list.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = list[(at + move + list.length) % list.length];
  next.click();
  next.focus();
  event.preventDefault();
  event.stopPropagation();
}
