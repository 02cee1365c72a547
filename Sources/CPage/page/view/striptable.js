// The strip as a table, for those who cannot see it.

import { h } from './dom.js';
import { duration, integer } from '../core/format.js';

/** @param {import('./apppage.js').AppPage} page */
export function stripTable(page) {
  const { session, shell } = page;
  const { timeline, win } = session;
  /** @type {HTMLElement[]} */
  const rows = [];
  const lod = Math.max(0, Math.ceil(Math.log2((win[1] - win[0] + 1) / 40)));
  timeline.cells(lod, win[0], win[1], (tile, i) => {
    if (!tile.steps[i]) return;
    const from = Math.max(tile.step(i), win[0]);
    const to = Math.min(tile.step(i + 1) - 1, win[1]);
    rows.push(h('tr', null, h('td', null, h('button', { onclick: () => {
      dialog.close();
      session.go(from);
    } }, from === to ? integer(from) : `${integer(from)}\u2013${integer(to)}`)),
    h('td', null, timeline.actions[tile.action[i]] ?? ''),
    h('td', null, integer(tile.steps[i])), h('td', null, integer(tile.errors[i])),
    h('td', null, duration(tile.longest[i]))));
  });
  const dialog = shell.dialog('Timeline', [h('table', { class: 'num' },
    h('thead', null, h('tr', null, ['Steps', 'Most frequent action', 'Count', 'Errors', 'Longest']
      .map((name) => h('th', null, name)))), h('tbody', null, rows))]);
}
