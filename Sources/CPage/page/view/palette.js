// Every command by its name, and every ref by its text.

import { h, replace } from './dom.js';
import { keyLabel } from './keyboard.js';
import { isRef } from '../core/refs.js';

/** @typedef {import('./keyboard.js').Command} Command */

/**
 * How well a text fits what was typed; 0 is not at all.
 * @param {string} text
 * @param {string} typed
 */
export function fits(text, typed) {
  const low = text.toLowerCase();
  const want = typed.toLowerCase().trim();
  if (!want) return 1;
  if (low.startsWith(want)) return 4;
  if (low.includes(want)) return 3;
  let at = 0;
  for (const letter of want) {
    at = low.indexOf(letter, at) + 1;
    if (!at) return 0;
  }
  return 1;
}

export class Palette {
  /** @param {import('./shell.js').Shell} shell */
  constructor(shell) {
    this.shell = shell;
    /**
     * Goes to a ref, where the page can.
     * @type {((ref: string) => void) | null}
     */
    this.goTo = null;
  }

  open(start = '') {
    if (document.querySelector('dialog[open]')) return;
    const input = h('input', { type: 'text', placeholder: 'Type a command, a step or a ref',
      'aria-label': 'Command', role: 'combobox', 'aria-expanded': 'true',
      'aria-controls': 'palette-list', autocomplete: 'off', spellcheck: 'false' });
    const list = h('ul', { id: 'palette-list', role: 'listbox', 'aria-label': 'Commands' });
    const dialog = h('dialog', { class: 'palette', 'aria-label': 'Command palette' }, input, list);
    let at = 0;
    /** @type {{title: string, key?: string, run: () => void}[]} */
    let found = [];
    const pick = (/** @type {number} */ index) => {
      const item = found[index];
      dialog.close();
      item?.run();
    };
    const draw = () => {
      found = this.matches(input.value);
      at = Math.min(at, Math.max(0, found.length - 1));
      replace(list, found.map(({ title, key }, i) => h('li', { role: 'option', id: `option-${i}`,
        'aria-selected': String(i === at), onclick: () => pick(i) }, h('span', null, title),
      key && h('kbd', null, keyLabel(key)))));
      input.setAttribute('aria-activedescendant', `option-${at}`);
      list.children[at]?.scrollIntoView({ block: 'nearest' });
    };
    input.addEventListener('input', () => {
      at = 0;
      draw();
    });
    input.addEventListener('keydown', (event) => {
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move && found.length) {
        at = (at + move + found.length) % found.length;
        draw();
      } else if (event.key === 'Enter') pick(at);
      else return;
      event.preventDefault();
    });
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    input.value = start;
    draw();
    input.focus();
  }

  /** @param {string} typed */
  matches(typed) {
    const { keyboard } = this.shell;
    const items = keyboard.commands
      .filter(({ id }) => id !== 'palette')
      .map((command) => ({ command, rank: fits(command.title, typed) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank)
      .map(({ command }) => ({ title: command.title, key: keyboard.keysOf(command)[0],
        run: command.run }));
    const go = this.goTo;
    const ref = typed.trim();
    if (!go || !isRef(ref)) return items;
    return [{ title: `Go to ${ref}`, key: undefined, run: () => go(ref) }, ...items];
  }
}
