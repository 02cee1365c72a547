// Tokens, calls and cost of the run or its focus window, with prices that can be changed.

import { h, replace } from './dom.js';
import { icon } from './icons.js';
import { Calls, PRICES, cost, sums } from '../data/insights.js';
import { pages, url } from '../data/api.js';
import { integer, plural } from '../core/format.js';
import { notice } from './notice.js';

const STORED = 'burr-prices';

/** @typedef {import('../data/insights.js').Price} Price */

export class Insights {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    this.el = h('div', { class: 'insights' });
    this.calls = new Calls();
    this.key = '';
    this.events = 0;
    this.done = false;
    this.stop = new AbortController();
    /** @type {Price[]} */
    this.prices = PRICES.map((price) => ({ ...price }));
    try {
      this.prices = JSON.parse(localStorage.getItem(STORED) ?? 'null') ?? this.prices;
    } catch {
      // Then the list prices hold.
    }
  }

  draw() {
    const { session } = this;
    const key = `${session.g}/${session.focus?.join()}`;
    if (key === this.key) return;
    this.key = key;
    this.load();
  }

  async load() {
    const { session } = this;
    this.stop.abort();
    const { signal } = this.stop = new AbortController();
    this.calls = new Calls();
    this.events = 0;
    this.done = false;
    this.fill();
    const [from, to] = session.focus ?? [null, null];
    try {
      const first = url(`${session.url}/events`, { type: 'attribute', from, to, limit: 1000 });
      for await (const page of pages(first, signal)) {
        for (const event of page.items) this.calls.add(event);
        this.events += page.items.length;
        this.done = page.next === null;
        this.fill();
      }
    } catch (error) {
      if (signal.aborted) return;
      replace(this.el, notice({ title: 'Attributes cannot be read',
        text: /** @type {Error} */ (error).message }));
    }
  }

  fill() {
    const calls = this.calls.list();
    const models = sums(calls, this.prices);
    const total = models.reduce((sum, each) => ({ input: sum.input + each.input,
      output: sum.output + each.output, cost: sum.cost + (each.cost ?? 0) }),
    { input: 0, output: 0, cost: 0 });
    const unpriced = models.filter((each) => each.cost === null).map(({ model }) => model);
    if (!calls.length && this.done) {
      replace(this.el, notice({ title: 'No calls of models were recorded',
        text: `${plural(this.events, 'attribute')} looked at. Instrumented models leave `
          + 'gen_ai.usage.* attributes behind.' }));
      return;
    }
    replace(this.el,
      !this.done && h('p', { class: 'dim' }, `${plural(this.events, 'attribute')} read \u2026 `,
        h('button', { class: 'outline', onclick: () => {
          this.stop.abort();
          this.done = true;
          this.fill();
        } }, 'Stop')),
      h('dl', { class: 'big num' },
        [['Calls', integer(calls.length)], ['Input tokens', integer(total.input)],
          ['Output tokens', integer(total.output)], ['Cost', dollars(total.cost)]].map(
          ([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value)))),
      unpriced.length > 0 && h('p', { class: 'dim' },
        `Without a price: ${unpriced.map((name) => name || 'no model named').join(', ')}`),
      h('table', { class: 'num' }, h('thead', null, h('tr', null, ['Model', 'Calls', 'Input',
        'Output', 'Cost'].map((name) => h('th', null, name)))), h('tbody', null,
        models.map((each) => h('tr', null, h('td', null, each.model || 'unknown'),
          [each.calls, each.input, each.output].map((n) => h('td', null, integer(n))),
          h('td', null, each.cost === null ? '?' : dollars(each.cost)))))),
      h('details', { class: 'section' },
        h('summary', null, icon('open'), plural(calls.length, 'call')),
        h('ul', { class: 'calls num' }, calls.slice(0, 500).map((call) => h('li', null,
          h('button', { onclick: () => this.session.go(call.step) },
            `Step ${integer(call.step)}`),
          h('span', { class: 'dim' }, `${integer(call.input)} in, ${integer(call.output)} out`),
          h('span', null, dollars(cost(call, this.prices))))),
        calls.length > 500 && h('li', { class: 'dim' },
          `and ${integer(calls.length - 500)} more; a focus window shows them`))),
      this.table());
  }

  /** The prices, to be changed. */
  table() {
    const field = (/** @type {Price} */ price, /** @type {keyof Price} */ name,
      /** @type {string} */ label) => h('td', null, h('input', { 'aria-label': label, value:
        String(price[name]), size: name === 'model' ? 16 : 5, onchange: (
        /** @type {Event} */ event) => {
        const { value } = /** @type {HTMLInputElement} */ (event.target);
        /** @type {any} */ (price)[name] = name === 'model' ? value : Number(value) || 0;
        this.store();
      } }));
    return h('details', { class: 'section' },
      h('summary', null, icon('open'), 'Prices, dollars per million tokens'),
      h('table', null, h('thead', null, h('tr', null, ['Model begins with', 'Input', 'Output', '']
        .map((name) => h('th', null, name)))), h('tbody', null, this.prices.map((price, i) =>
        h('tr', null, field(price, 'model', 'Model'), field(price, 'input', 'Input price'),
          field(price, 'output', 'Output price'), h('td', null, h('button', {
            'aria-label': `Remove ${price.model}`, onclick: () => {
              this.prices.splice(i, 1);
              this.store();
            } }, '\u2715')))))),
      h('button', { class: 'outline', onclick: () => {
        this.prices.push({ model: '', input: 0, output: 0 });
        this.store();
      } }, 'Add a price'));
  }

  store() {
    try {
      localStorage.setItem(STORED, JSON.stringify(this.prices));
    } catch {
      // They hold for this page then.
    }
    const open = this.el.querySelectorAll('details')[1]?.open;
    this.fill();
    const table = this.el.querySelectorAll('details')[1];
    if (table && open) table.open = true;
  }
}

/** @param {number | null} amount */
function dollars(amount) {
  if (amount === null) return '?';
  return `$${amount < 0.1 && amount > 0 ? amount.toFixed(4) : amount.toFixed(2)}`;
}
