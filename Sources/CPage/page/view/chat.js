// A conversation in the state, as bubbles.

import { arrange, h, replace } from './dom.js';
import { children } from '../core/diff.js';
import { conversation, conversations, folded, message } from '../core/messages.js';
import { markdown } from '../core/markdown.js';
import { get, readable, step as part } from '../core/pointer.js';
import { notice } from './notice.js';
import { elementWriter } from '../data/writers.js';
import { integer } from '../core/format.js';

/** @typedef {import('../core/json.js').Value} Value */

/** So many messages are in the document at most. */
const WINDOW = 100;

export class ChatView {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.path = '';
    this.shown = WINDOW;
    this.formatted = true;
    this.select = h('select', { 'aria-label': 'Conversation', onchange: () => {
      this.path = this.select.value;
      this.last = undefined;
      page.state.draw();
    } });
    this.toggle = h('button', { 'aria-pressed': 'true', onclick: () => {
      this.formatted = !this.formatted;
      this.toggle.setAttribute('aria-pressed', String(this.formatted));
      this.last = undefined;
      page.state.draw();
    } }, 'Markdown');
    this.list = h('div', { class: 'messages', tabindex: 0, role: 'log', 'aria-live': 'off',
      'aria-label': 'Conversation' });
    this.el = h('div', { class: 'chat' }, h('div', { class: 'chat-head' }, this.select,
      this.toggle), this.list);
    /** @type {any} */
    this.last = undefined;
    /**
     * What stands for a message, and what it was made from.
     * @type {WeakMap<object, {key: string, from: (Value | undefined)[], el: HTMLElement}>}
     */
    this.bubbles = new WeakMap();
  }

  /** @param {Value | undefined} before @param {Value | undefined} after @param {number} step */
  show(before, after, step) {
    const path = conversation(after, this.path) ?? conversation(before, this.path);
    if (path === null) {
      this.last = undefined;
      replace(this.list, notice({ title: 'No conversation in this state',
        text: 'A list of objects with a role and a content is shown here.' }));
      return;
    }
    const paths = conversations(after);
    if (this.select.dataset.key !== paths.join()) {
      this.select.dataset.key = paths.join();
      replace(this.select, paths.map((each) => h('option', { value: each }, readable(each))));
      this.select.value = path;
    }
    const now = after === undefined ? undefined : get(after, path);
    const old = before === undefined ? undefined : get(before, path);
    const { last } = this;
    const figures = this.page.side.detail.figures(step);
    if (last && last.now === now && last.old === old && last.shown === this.shown
      && last.figures.join() === figures.join()) return;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.last = { now, old, shown: this.shown, figures, step };
    this.fill(path, children(old, now));
    if (atEnd || !last) this.list.scrollTop = this.list.scrollHeight;
  }

  /** @param {string} path @param {import('../core/diff.js').Child[]} all */
  fill(path, all) {
    const rows = folded(all);
    const hidden = Math.max(0, rows.length - this.shown);
    const more = hidden > 0 ? [h('button', { class: 'outline', onclick: () => {
      this.shown += 400;
      this.page.state.draw();
    } }, `Show ${integer(Math.min(400, hidden))} of ${integer(hidden)} earlier messages`)] : [];
    arrange(this.list, [...more, ...rows.slice(hidden).map(({ row, answers }) =>
      this.known(path, row, answers))]);
  }

  /**
   * The bubble of a message, as it was made before where nothing in it is different.
   * @param {string} path
   * @param {import('../core/diff.js').Child} row
   * @param {Map<string, import('../core/diff.js').Child>} answers
   */
  known(path, row, answers) {
    const all = [row, ...answers.values()];
    const from = all.flatMap(({ before, after, change }) =>
      (change === 'changed' ? [after, before] : [after ?? before]));
    const key = JSON.stringify([path, this.formatted, all.map(({ part: index, change }) =>
      [index, change, this.writer(path, Number(index), change)]),
    row.change === 'added' ? this.last.figures : null]);
    const about = /** @type {object} */ (from[0]);
    const made = about instanceof Map ? this.bubbles.get(about) : undefined;
    if (made?.key === key && made.from.length === from.length
      && made.from.every((value, i) => value === from[i])) return made.el;
    const el = this.bubble(path, row, answers);
    if (about instanceof Map) this.bubbles.set(about, { key, from, el });
    return el;
  }

  /**
   * @param {string} path
   * @param {import('../core/diff.js').Child} row
   * @param {Map<string, import('../core/diff.js').Child>} answers
   */
  bubble(path, { part: index, before, after, change }, answers) {
    const value = after ?? before;
    const { role, text: words, calls } = message(value);
    const kind = ({ human: 'user', ai: 'assistant', model: 'assistant', function: 'tool' })[role]
      ?? role;
    const body = h('div', { class: 'words' }, this.formatted
      ? markdown(words).map(blockOf) : h('pre', null, words));
    const tools = calls.map((call) => this.call(path, call, answers.get(call.id)));
    const said = kind === 'tool'
      ? h('details', { class: 'call', open: words.length < 300 },
        h('summary', null, 'Result'), body) : body;
    return h('article', { class: `bubble ${kind} ${change}` },
      h('header', null, h('b', null, role),
        tag(change),
        change === 'added' && kind !== 'user' && this.last.figures.map(
          (/** @type {string} */ figure) => h('span', { class: 'figure num' }, figure)),
        h('span', { class: 'grow' }), this.origin(path, Number(index), change),
        h('button', { class: 'dim', title: 'Select in the tree', onclick: () => {
          this.page.session.set('path', path + part(index));
          this.page.state.tree.reveal(path + part(index));
          this.page.session.set('view', 'state');
        } }, `#${index}`)),
      change === 'changed' && before !== undefined
        && h('del', { class: 'words' }, message(before).text), said, tools);
  }

  /**
   * A call of a tool, and what it gave.
   * @param {string} path
   * @param {{name: string, text: string}} call
   * @param {import('../core/diff.js').Child | undefined} answer
   */
  call(path, call, answer) {
    const result = answer && message(answer.after ?? answer.before).text;
    return h('details', { class: `call ${answer?.change ?? ''}`, open: answer
      && answer.change !== 'same' },
    h('summary', null, call.name, h('span', { class: 'gist' }, call.text),
      answer ? tag(answer.change) : h('span', { class: 'tag' }, 'no result yet')),
    h('pre', null, call.text),
    answer && h('div', { class: 'result' }, h('header', null, h('b', null, 'Result'),
      h('span', { class: 'grow' }), this.origin(path, Number(answer.part), answer.change)),
    h('pre', null, result)));
  }

  /**
   * The step that wrote a message, where it is in memory and not the one that is shown.
   * @param {string} path
   * @param {number} index
   * @param {import('../core/diff.js').Change} change
   * @returns {number | null | 'here'}
   */
  writer(path, index, change) {
    if (change === 'removed') return 'here';
    const by = elementWriter(this.page.session, path, this.last.step, index);
    return by !== null && by === this.last.step ? 'here' : by;
  }

  /**
   * Leads to the step that wrote a message.
   * @param {string} path
   * @param {number} index
   * @param {import('../core/diff.js').Change} change
   */
  origin(path, index, change) {
    const { jumps } = this.page;
    const by = this.writer(path, index, change);
    if (by === 'here') return null;
    return h('button', { class: 'dim num', title: 'Go to the step that wrote this message',
      onclick: () => jumps.blame(path + part(index)) },
    by === null ? '\u27f5 step' : `\u27f5 ${integer(by)}`);
  }
}

/** @param {import('../core/diff.js').Change} change */
function tag(change) {
  return change !== 'same' && h('span', { class: `tag ${change}` }, change);
}

/** @param {import('../core/markdown.js').Inline} run */
function inlineOf(run) {
  if (run.kind === 'text') return run.text;
  if (run.kind === 'link') {
    return h('a', { href: run.href, target: '_blank', rel: 'noopener noreferrer' }, run.text);
  }
  return h(run.kind, null, run.text);
}

/** @param {import('../core/markdown.js').Block} block */
function blockOf(block) {
  switch (block.kind) {
    case 'pre': return h('pre', null, h('code', null, block.text));
    case 'rule': return h('hr', null);
    case 'h': return h('p', null, h('strong', null, block.lines[0].map(inlineOf)));
    case 'ul': case 'ol':
      return h(block.kind, null, block.lines.map((line) => h('li', null, line.map(inlineOf))));
    default: return h(block.kind === 'quote' ? 'blockquote' : 'p', null,
      block.lines.flatMap((line, i) => [i > 0 && h('br', null), ...line.map(inlineOf)]));
  }
}
