// Which key does what. Keys can be changed, and single letters switched off.

import { typing } from './dom.js';

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} title
 * @property {string} group
 * @property {string[]} keys      "ArrowLeft", "Shift+E", "Mod+k"
 * @property {() => void} run
 * @property {boolean} [always]   also while somebody types
 */

const STORED = 'burr-keys';

/**
 * A key event as the map writes it. Letters with Shift are written "Shift+E", signs as they are.
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean,
 *   shiftKey?: boolean, getModifierState?: (name: string) => boolean}} event
 */
export function keyName(event) {
  let key = event.key === ' ' ? 'Space' : event.key;
  const letter = /^\p{L}$/u.test(key);
  if (letter) key = event.shiftKey ? key.toUpperCase() : key.toLowerCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  // Many keyboards have the brackets behind AltGr, which says that it is Ctrl and Alt.
  const sign = event.getModifierState?.('AltGraph') && [...key].length === 1;
  const mod = (event.ctrlKey || event.metaKey) && !sign;
  const alt = event.altKey && !sign;
  return `${mod ? 'Mod+' : ''}${alt ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/** Whether a key is a sign alone, which people who speak to their machine send by accident. */
export function isSingle(/** @type {string} */ key) {
  return [...key].length === 1 || /^Shift\+\p{L}$/u.test(key);
}

export class Keyboard {
  constructor() {
    /** @type {Command[]} */
    this.commands = [];
    this.singles = true;
    /**
     * Keys that were changed, by command.
     * @type {Record<string, string[]>}
     */
    this.changed = {};
    try {
      const stored = JSON.parse(localStorage.getItem(STORED) ?? '{}');
      this.singles = stored.singles !== false;
      this.changed = stored.changed ?? {};
    } catch {
      // Then the keys are what they are.
    }
    document.addEventListener('keydown', (event) => this.press(event));
  }

  store() {
    try {
      localStorage.setItem(STORED, JSON.stringify({ singles: this.singles,
        changed: this.changed }));
    } catch {
      // They hold for this page then.
    }
  }

  /** @param {Command} command */
  keysOf(command) {
    return this.changed[command.id] ?? command.keys;
  }

  /** @param {string} key @param {boolean} inField @returns {Command | null} */
  find(key, inField) {
    if (!this.singles && isSingle(key)) return null;
    return this.commands.find((command) =>
      this.keysOf(command).includes(key) && (command.always || !inField)) ?? null;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const inField = typing(event.target);
    const open = document.querySelector('dialog[open], .menu');
    const command = this.find(keyName(event), inField);
    if (!command || (open && !command.always)) return;
    const target = event.target instanceof Element ? event.target : null;
    const pressed = ['Enter', ' '].includes(event.key)
      && target?.closest('button, a, summary, [role="treeitem"], [role="tab"], input');
    if (pressed) return;
    event.preventDefault();
    command.run();
  }
}

/** @param {string} key as a person reads it */
export function keyLabel(key) {
  const signs = { ArrowLeft: '\u2190', ArrowRight: '\u2192', ArrowUp: '\u2191',
    ArrowDown: '\u2193', PageUp: 'PgUp', PageDown: 'PgDn', Escape: 'Esc' };
  const mac = navigator.platform.startsWith('Mac');
  return key.split('+').filter(Boolean).map((part) => {
    if (part === 'Mod') return mac ? '\u2318' : 'Ctrl';
    if (part === 'Shift') return '\u21e7';
    return /** @type {Record<string, string>} */ (signs)[part]
      ?? (part.length === 1 ? part.toUpperCase() : part);
  }).join(' ') || '+';
}
