// The row of controls: live, where we are, playback, axis, marks, links.

import { attribute, h, replace, text } from './dom.js';
import { icon, statusIcon } from './icons.js';
import { SPEEDS } from '../data/playback.js';
import { clock, duration, integer, moment } from '../core/format.js';

/** @typedef {import('./apppage.js').AppPage} AppPage */

export class Transport {
  /** @param {AppPage} page */
  constructor(page) {
    const { session, player } = page;
    this.page = page;
    this.live = h('button', { class: 'pill', onclick: () => session.follow
      ? session.detach(false) : session.toHead() });
    this.input = h('input', { class: 'num', 'aria-label': 'Go to step or ref', size: 7,
      spellcheck: 'false', autocomplete: 'off', onkeydown: (
        /** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') {
          page.goTo(this.input.value);
          this.input.blur();
        } else if (event.key === 'Escape') this.input.blur();
      }, onfocus: () => this.input.select(), onblur: () => this.draw() });
    this.total = h('span', { class: 'dim num' });
    this.chip = h('span', { class: 'chip' });
    this.status = h('span', { class: 'status' });
    this.time = h('span', { class: 'dim num wide' });
    const button = (/** @type {any} */ name, /** @type {string} */ label,
      /** @type {() => void} */ run) => h('button', { class: 'icon', 'aria-label': label,
      title: label, onclick: run }, icon(name));
    this.play = button('play', 'Play', () => player.toggle());
    this.speed = h('select', { 'aria-label': 'Playback speed', onchange: () => {
      player.setSpeed(this.speed.value === 'live' ? 'live' : Number(this.speed.value));
    } }, SPEEDS.map((speed) => h('option', { value: speed }, `${speed}\u00d7`)),
    h('option', { value: 'live' }, 'Cadence'));
    this.loop = h('button', { title: 'Loop over the focus window', onclick: () => {
      player.loop = !player.loop;
      this.draw();
    } }, 'Loop');
    this.axis = h('button', { title: 'Step or time axis (T)', onclick: () => page.toggleAxis() });
    this.focus = h('button', { class: 'outline', onclick: () => session.set('focus', null) });
    this.el = h('div', { class: 'transport' },
      this.live,
      h('span', { class: 'where' }, h('span', { class: 'dim' }, 'step'), this.input, this.total),
      h('span', { class: 'what' }, this.chip, this.status, this.time),
      h('span', { class: 'play' },
        button('first', 'First step (Home)', () => session.go(session.bounds()[0])),
        button('prev', 'Step back (\u2190)', () => session.go(session.step - 1)),
        this.play,
        button('next', 'Step forward (\u2192)', () => session.go(session.step + 1)),
        button('last', 'Head, and follow (End)', () => session.toHead()),
        this.speed, this.loop),
      h('span', { class: 'ends' }, this.focus, this.axis,
        button('error', 'Next error (E)', () => page.jumps.error(1)),
        button('mark', 'Mark this step (M)', () => page.mark()),
        button('link', 'Copy link (U)', () => page.copyLink()),
        h('button', { class: 'icon', 'aria-label': 'More to copy', title: 'More to copy',
          'aria-haspopup': 'menu', onclick: (/** @type {Event} */ event) =>
            page.copyMenu(/** @type {Element} */ (event.currentTarget)) }, icon('more'))));
  }

  draw() {
    const { session, player } = this.page;
    const { follow, connection, behind } = session;
    const state = connection === 'stale' ? 'stale' : follow ? 'on' : 'off';
    attribute(this.live, 'data-state', state);
    text(this.live, connection === 'stale' ? 'Reconnecting' : follow ? 'Live'
      : behind > 0 ? `+${integer(behind)} \u2192 End` : 'Follow');
    attribute(this.live, 'aria-pressed', String(follow));
    attribute(this.live, 'aria-label', follow ? 'Following the head; press to stay here'
      : behind > 0 ? `${behind} newer steps; follow the head` : 'Follow the head');
    if (document.activeElement !== this.input) this.input.value = integer(session.step);
    text(this.total, `/ ${integer(Math.max(0, session.last()))}`);
    this.drawStep();
    const playing = player.playing;
    if (this.play.dataset.on !== String(playing)) {
      this.play.dataset.on = String(playing);
      replace(this.play, icon(playing ? 'pause' : 'play'));
      this.play.title = playing ? 'Pause (Space)' : 'Play (Space)';
      this.play.setAttribute('aria-label', playing ? 'Pause' : 'Play');
    }
    if (this.speed.value !== String(player.speed)) this.speed.value = String(player.speed);
    attribute(this.loop, 'aria-pressed', String(player.loop));
    text(this.axis, session.axis === 'time' ? 'Time axis' : 'Step axis');
    this.focus.hidden = session.focus === null;
    if (session.focus) {
      const [from, to] = session.focus;
      text(this.focus, `Focus ${integer(from)}\u2013${integer(to)} \u2715`);
      attribute(this.focus, 'aria-label', 'Leave the focus window');
    }
  }

  drawStep() {
    const { session, strips } = this.page;
    const row = session.row(session.step);
    const running = session.running?.step === session.step && session.step > session.head;
    const action = running ? session.running.action : row?.action ?? '';
    this.chip.hidden = !action;
    text(this.chip, action);
    this.chip.style.setProperty('--hue', String(strips.colors.hue(action)));
    const status = running ? session.running.status : !row ? '' : row.failed ? 'failed' : 'ok';
    if (this.status.dataset.status !== status) {
      this.status.dataset.status = status;
      this.status.className = `status ${status}`;
      replace(this.status, status && icon(statusIcon(status)), h('span', { class: 'num' }));
    }
    text(/** @type {Element} */ (this.status.lastElementChild),
      row ? `${row.failed ? 'failed \u00b7 ' : ''}${duration(row.duration)}` : status);
    text(this.time, row ? clock(row.start) : '');
    this.time.title = row ? moment(row.start) : '';
  }
}
