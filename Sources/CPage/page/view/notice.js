// The honest picture of a page that has nothing to show, and the way out of it.

import { h } from './dom.js';

/**
 * @param {object} what
 * @param {string} what.title
 * @param {string} [what.text]
 * @param {string} [what.code]
 * @param {{text: string, href?: string, run?: () => void}[]} [what.links]
 */
export function notice({ title, text, code, links = [] }) {
  return h('div', { class: 'notice' },
    h('h2', null, title),
    text && h('p', null, text),
    code && h('pre', null, code),
    links.length > 0 && h('div', { class: 'links' }, links.map((link) => (link.href
      ? h('a', { class: 'button outline', href: link.href }, link.text)
      : h('button', { class: 'outline', onclick: link.run }, link.text)))));
}

/** Says that what is seen may be old. */
export function staleBanner() {
  return h('div', { class: 'banner', role: 'alert', hidden: true }, h('span', null,
    'The server does not answer: what you see may be old. Trying again \u2026'));
}

/**
 * What went wrong, with the ways on that the server named.
 * @param {unknown} error
 * @param {{retry: () => void, up?: {text: string, href: string},
 *   near?: (member: string) => {text: string, href: string}}} ways
 */
export function failure(error, { retry, up, near }) {
  const problem = /** @type {import('../data/api.js').Problem} */ (error);
  const offline = problem.status === 0;
  const title = offline ? 'The server does not answer'
    : problem.status === 404 ? 'Not found'
      : problem.status === 500 ? 'This history is damaged' : 'That did not work';
  const close = near && Array.isArray(problem.members?.close) ? problem.members.close : [];
  return notice({
    title,
    text: problem.message,
    links: [...close.slice(0, 4).map((/** @type {any} */ name) => near?.(name) ?? { text: name }),
      { text: 'Try again', run: retry }, ...(up ? [up] : [])],
  });
}
