// The keyboard, shown and changed.

import { h, replace } from './dom.js';
import { keyLabel, keyName } from './keyboard.js';

/** @typedef {import('./shell.js').Shell} Shell */
/** @typedef {import('./keyboard.js').Command} Command */

/** @param {Shell} shell */
export function showHelp(shell) {
  const { keyboard } = shell;
  const list = h('div', { class: 'body', style: { padding: 0 } });
  const singles = h('input', { type: 'checkbox', checked: keyboard.singles, onchange: () => {
    keyboard.singles = singles.checked;
    keyboard.store();
  } });
  const draw = () => replace(list, groups(keyboard.commands).map(([group, commands]) =>
    h('section', null, h('h2', null, group), h('div', { class: 'keys' },
      commands.map((command) => keyRow(shell, command, draw))))));
  draw();
  const dialog = shell.dialog('Keyboard', [
    h('p', { class: 'dim' }, 'Choose a key to change it. Keys never act while you type.'), list,
    h('label', { class: 'status' }, singles, 'Single letters and signs are shortcuts'),
  ], [h('button', { class: 'outline', onclick: () => {
    keyboard.changed = {};
    keyboard.store();
    draw();
  } }, 'Reset all keys')]);
  dialog.classList.add('large');
}

/** @param {Command[]} commands @returns {[string, Command[]][]} */
function groups(commands) {
  /** @type {Map<string, Command[]>} */
  const map = new Map();
  for (const command of commands) {
    if (command.id.startsWith('tenth-') && command.id !== 'tenth-0') continue;
    map.set(command.group, [...(map.get(command.group) ?? []), command]);
  }
  return [...map];
}

/** @param {Shell} shell @param {Command} command @param {() => void} redraw */
function keyRow({ keyboard }, command, redraw) {
  if (command.id === 'tenth-0') {
    return h('div', null, h('span', null, 'To 0 % \u2026 90 % of the focus window'),
      h('kbd', null, '0'), '\u2026', h('kbd', null, '9'));
  }
  const keys = keyboard.keysOf(command);
  const button = h('button', { 'aria-label': `Change the key of: ${command.title}`,
    onclick: () => listen() }, keys.length
    ? keys.map((key) => h('kbd', null, keyLabel(key))) : h('span', { class: 'dim' }, 'none'));
  const listen = () => {
    replace(button, h('span', null, 'press a key'));
    const take = (/** @type {KeyboardEvent} */ event) => {
      if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      button.removeEventListener('keydown', take);
      if (event.key !== 'Escape') {
        const key = keyName(event);
        for (const other of keyboard.commands) {
          const own = keyboard.keysOf(other);
          if (own.includes(key)) keyboard.changed[other.id] = own.filter((each) => each !== key);
        }
        keyboard.changed[command.id] = [key];
        keyboard.store();
      }
      redraw();
    };
    button.addEventListener('keydown', take);
  };
  return h('div', null, h('span', null, command.title), button);
}
