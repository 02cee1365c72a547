// The tabs on the right: the step, its code, notes, insights, how to reproduce it.

import { attribute, h } from './dom.js';
import { Detail } from './detail.js';
import { Code } from './code.js';
import { Notes } from './notes.js';
import { Insights } from './insights.js';
import { Reproduce } from './reproduce.js';
import { tabKeys } from './statepane.js';

const TABS = /** @type {const} */ ([['step', 'Step'], ['code', 'Code'], ['notes', 'Notes'],
  ['insights', 'Insights'], ['reproduce', 'Reproduce']]);

export class Side {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.session = page.session;
    this.notes = new Notes(page);
    this.detail = new Detail(page);
    /** @type {Record<string, {el: HTMLElement, draw(): void}>} */
    this.parts = { step: this.detail, code: new Code(page), notes: this.notes,
      insights: new Insights(page), reproduce: new Reproduce(page) };
    this.tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'About the step' },
      TABS.map(([id, title]) => h('button', { role: 'tab', 'data-side': id,
        onclick: () => this.session.set('side', id) }, title)));
    this.tabs.addEventListener('keydown', (event) => tabKeys(event, this.tabs));
    this.body = h('div', { class: 'pane-body scroll', role: 'tabpanel', tabindex: 0,
      'aria-label': 'About the step' });
    this.el = h('section', { class: 'pane side', 'aria-label': 'About the step' },
      h('div', { class: 'pane-head' }, this.tabs), this.body);
  }

  draw() {
    const part = this.parts[this.session.side] ?? this.parts.step;
    for (const tab of this.tabs.children) {
      const on = this.parts[tab.getAttribute('data-side') ?? ''] === part;
      attribute(tab, 'aria-selected', String(on));
      attribute(tab, 'tabindex', on ? '0' : '-1');
    }
    if (this.body.firstChild !== part.el) {
      this.body.replaceChildren(part.el);
      this.body.scrollTop = 0;
    }
    part.draw();
    // The chat shows what its last message cost.
    if (part !== this.detail && this.session.view === 'chat') this.detail.draw();
  }
}
