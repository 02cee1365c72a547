// The source of the action at the playhead, and what it reads and writes.

import { h, replace } from './dom.js';
import { notice } from './notice.js';

const PYTHON = new RegExp([
  '(?<comment>#[^\\n]*)',
  '(?<string>[rbfRBF]{0,2}(?:"""[\\s\\S]*?"""|\'\'\'[\\s\\S]*?\'\'\'|"(?:\\\\.|[^"\\\\\\n])*"'
    + "|'(?:\\\\.|[^'\\\\\\n])*'))",
  '(?<decorator>@[\\w.]+)',
  '(?<word>\\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False'
    + '|finally|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return'
    + '|True|try|while|with|yield|func|let|var|struct|enum|guard|self)\\b)',
  '(?<number>\\b\\d[\\d_.]*\\b)',
].join('|'), 'g');

/** @param {string} code */
export function highlight(code) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let at = 0;
  for (const match of code.matchAll(PYTHON)) {
    const index = match.index ?? 0;
    if (index > at) parts.push(code.slice(at, index));
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    parts.push(h('span', { class: `c-${kind}` }, match[0]));
    at = index + match[0].length;
  }
  parts.push(code.slice(at));
  return parts;
}

export class Code {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.el = h('div', { class: 'code' });
    this.shown = '';
  }

  draw() {
    const { session, graph } = this.page;
    const action = session.row(session.step)?.action ?? session.running?.action;
    const node = graph.graph?.nodes.find((/** @type {any} */ each) => each.name === action);
    if (!node) {
      replace(this.el, notice({ title: 'The source of this action was not recorded' }));
      this.shown = '';
      return;
    }
    if (this.shown === action) return;
    this.shown = action;
    const words = (/** @type {string} */ name, /** @type {string[]} */ list) => list?.length > 0
      && [h('dt', null, name), h('dd', null, list.map((key) => h('span', { class: 'tag mono' },
        key)))];
    replace(this.el, h('dl', { class: 'facts' }, words('Reads', node.reads),
      words('Writes', node.writes), words('Inputs', node.inputs)),
    node.code ? h('pre', { class: 'block source', tabindex: 0 }, highlight(node.code))
      : h('p', { class: 'dim' }, 'Its source was not recorded.'));
  }
}
