// What is around every page: the bar, dialogs, menus, short messages, the keyboard.

import { h, replace } from './dom.js';
import { icon } from './icons.js';
import { Keyboard } from './keyboard.js';
import { Palette } from './palette.js';
import { showHelp } from './help.js';
import { own } from '../core/refs.js';

/** @typedef {import('./keyboard.js').Command} Command */

export class Shell {
  constructor() {
    /** @type {(path: string) => void} */
    this.navigate = () => {};
    this.list = h('ol', { class: 'crumbs' });
    this.theme = h('button', { class: 'icon', onclick: () => this.nextTheme() });
    this.main = h('main', { id: 'main', tabindex: -1 });
    this.keyboard = new Keyboard();
    this.palette = new Palette(this);
    const search = h('button', { class: 'outline wide', title: 'Command palette (Ctrl+K)',
      onclick: () => this.palette.open() }, icon('search'), 'Commands',
    h('kbd', null, navigator.platform.startsWith('Mac') ? '\u2318K' : 'Ctrl K'));
    this.el = h('div', { style: { display: 'contents' } },
      h('header', { class: 'bar' },
        h('a', { href: own('/'), class: 'logo', 'aria-label': 'All projects' },
          h('img', { src: own('/icon.svg'), alt: '' })),
        h('nav', { 'aria-label': 'Where you are', style: { display: 'contents' } }, this.list),
        h('div', { class: 'tools' }, search, this.theme,
          h('button', { class: 'icon', 'aria-label': 'Help', title: 'Help (?)',
            onclick: () => showHelp(this) }, icon('help')))),
      this.main);
    this.paintTheme();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.themed());
    this.reset();
  }

  /** Leaves nothing of the last page. */
  reset() {
    document.querySelectorAll('dialog, .menu').forEach((each) => each.remove());
    /** @type {() => void} */
    this.onTheme = () => {};
    this.keyboard.commands = this.general();
  }

  /** @returns {Command[]} */
  general() {
    return [
      { id: 'palette', title: 'Command palette', keys: ['Mod+k'], group: 'General',
        run: () => this.palette.open(), always: true },
      { id: 'help', title: 'Keyboard help', keys: ['?'], group: 'General',
        run: () => showHelp(this) },
      { id: 'projects', title: 'All projects', keys: [], group: 'General',
        run: () => this.navigate(own('/')) },
      { id: 'theme', title: 'Next theme: light, dark, system', keys: [], group: 'General',
        run: () => this.nextTheme() },
    ];
  }

  /** @param {Command[]} commands */
  commands(commands) {
    this.keyboard.commands = [...commands, ...this.general()];
  }

  /** @param {{text: string, href?: string}[]} path */
  crumbs(path) {
    replace(this.list, [{ text: 'Projects', href: own('/') }, ...path].map(({ text, href }) =>
      h('li', null, href ? h('a', { href }, text) : h('span', { 'aria-current': 'page' }, text))));
    document.title = [...path.map(({ text }) => text).reverse(), 'Burr'].join(' \u00b7 ');
  }

  get chosen() {
    return document.documentElement.dataset.theme ?? 'system';
  }

  nextTheme() {
    const next = { system: 'light', light: 'dark', dark: 'system' }[this.chosen] ?? 'system';
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem('burr-theme', next);
    } catch {
      // It holds for this page then.
    }
    this.paintTheme();
    this.themed();
  }

  themed() {
    this.onTheme?.();
  }

  paintTheme() {
    const chosen = /** @type {'light' | 'dark' | 'system'} */ (this.chosen);
    replace(this.theme, icon(chosen));
    this.theme.setAttribute('aria-label', `Theme: ${chosen}`);
    this.theme.title = `Theme: ${chosen}`;
  }

  /**
   * A dialog; closing it gives the focus back.
   * @param {string} title
   * @param {import('./dom.js').Content[]} body
   * @param {import('./dom.js').Content[]} [footer]
   */
  dialog(title, body, footer) {
    const dialog = h('dialog', { 'aria-label': title },
      h('header', null, h('h2', null, title),
        h('button', { class: 'icon', 'aria-label': 'Close', onclick: () => dialog.close() },
          icon('close'))),
      h('div', { class: 'body' }, body),
      footer && h('footer', null, footer));
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  }

  /**
   * A menu under an element.
   * @param {Element} anchor
   * @param {{text: string, key?: string, run: () => void}[]} items
   */
  menu(anchor, items) {
    document.querySelector('.menu')?.remove();
    const close = () => {
      menu.remove();
      removeEventListener('pointerdown', outside, true);
      /** @type {HTMLElement} */ (anchor).focus();
    };
    const outside = (/** @type {Event} */ event) => {
      if (!menu.contains(/** @type {Node} */ (event.target))) close();
    };
    const menu = h('div', { class: 'menu', role: 'menu', onkeydown: (
      /** @type {KeyboardEvent} */ event) => {
      const buttons = [...menu.querySelectorAll('button')];
      const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === 'Escape' || event.key === 'Tab') close();
      else if (move) buttons[(at + move + buttons.length) % buttons.length].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    } }, items.map(({ text, key, run }) => h('button', { role: 'menuitem', onclick: () => {
      close();
      run();
    } }, text, key && h('kbd', null, key))));
    document.body.append(menu);
    const box = anchor.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8));
    const below = box.bottom + 4 + menu.offsetHeight < innerHeight;
    menu.style.left = `${left}px`;
    menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - 4 - menu.offsetHeight)}px`;
    menu.querySelector('button')?.focus();
    addEventListener('pointerdown', outside, true);
  }

  /** @param {string} message */
  toast(message) {
    document.querySelector('.toast')?.remove();
    const toast = h('div', { class: 'toast', role: 'status' }, message);
    document.body.append(toast);
    setTimeout(() => toast.remove(), 2600);
  }

  /** @param {string} text @param {string} what */
  async copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      this.toast(`Copied ${what}`);
    } catch {
      const field = h('textarea', { readonly: true, rows: 4, 'aria-label': what });
      field.value = text;
      this.dialog(`Copy ${what}`, [field]);
      field.select();
    }
  }

  /** @param {string} name @param {string} type @param {string} text */
  download(name, type, text) {
    const link = h('a', { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
