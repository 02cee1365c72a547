// An application: strips, steps, state, graph, step. Puts the parts together and keeps the address.

import { announce, h, replace } from './dom.js';
import { Session } from '../data/session.js';
import { follow } from '../data/follow.js';
import { Strips } from './strips.js';
import { Transport } from './transport.js';
import { Steps } from './steps.js';
import { StatePane, VIEWS } from './statepane.js';
import { Graph } from './graph.js';
import { Side } from './side.js';
import { Player } from './player.js';
import { Jumps } from './jumpkeys.js';
import { Colors } from './colors.js';
import { askMark } from './notes.js';
import { appCommands } from './appkeys.js';
import { stripTable } from './striptable.js';
import { failure, notice } from './notice.js';
import { appPath, projectPath } from '../core/refs.js';
import { get } from '../core/pointer.js';
import { stringify } from '../core/json.js';
import { quote } from './reproduce.js';
import { integer } from '../core/format.js';

/** @typedef {import('../core/refs.js').View} View */

export class AppPage {
  /** @param {import('./shell.js').Shell} shell @param {string} project @param {string} app
   *  @param {View} view */
  constructor(shell, project, app, view) {
    shell.crumbs([{ text: project, href: projectPath(project) }, { text: app }]);
    this.shell = shell;
    this.el = h('div', { class: 'travel' }, notice({ title: 'Loading' }));
    this.session = new Session(project, app, view);
    this.session.complain = (message) => shell.toast(message);
    this.player = new Player(this.session);
    this.jumps = new Jumps(this);
    this.strips = new Strips(this.session);
    this.graph = new Graph(this);
    this.steps = new Steps(this.session, () => this.strips.colors);
    this.state = new StatePane(this);
    this.side = new Side(this);
    this.transport = new Transport(this);
    this.banner = h('div', { class: 'banner', role: 'alert', hidden: true });
    this.panes = h('div', { class: 'panes', 'data-pane': 'state' }, this.steps.el, this.state.el,
      h('div', { class: 'right-side' }, this.graph.el, this.side.el));
    this.switch = h('div', { class: 'switch', role: 'group', 'aria-label': 'Pane' },
      [['steps', 'Steps'], ['state', 'State'], ['right', 'Step and graph']].map(([id, title]) =>
        h('button', { 'data-pane': id, 'aria-pressed': String(id === 'state'), onclick: () =>
          this.pane(id) }, title)));
    this.ready = false;
    this.stopped = false;
    /** @type {import('../data/live.js').Live | null} */
    this.live = null;
    this.settle = 0;
    /** An address that is to be written when all is quiet. */
    this.pending = '';
    this.tick = 0;
    this.open(view);
  }

  /** @param {View} view */
  async open(view) {
    const { session, shell } = this;
    try {
      await session.open(view);
    } catch (error) {
      replace(this.el, this.failed(error, view));
      return;
    }
    this.ready = true;
    replace(this.el, h('h1', { class: 'hidden-text' }, session.app), this.transport.el,
      this.banner, this.strips.el, this.switch, this.panes);
    this.learn();
    session.listen((topics) => this.draw(topics));
    shell.onTheme = () => this.strips.themed();
    shell.commands(appCommands(this));
    shell.palette.goTo = (ref) => this.goTo(ref);
    if (session.filter) this.steps.apply();
    this.draw(new Set(['step', 'win', 'about', 'cells', 'view']));
    requestAnimationFrame(() => { setTimeout(() => this.painted()); });
    this.tick = /** @type {any} */ (setInterval(() => {
      if (!session.running) return;
      // What happens within the step that is looked at is not in the stream.
      if (session.step === session.running.step) session.changed('clock', 'events');
      else session.changed('clock');
    }, 1000));
  }

  /** What can wait until something is seen. */
  painted() {
    const { session } = this;
    if (this.stopped) return;
    this.live = follow(session);
    session.more();
    this.side.notes.load();
  }

  /** @param {unknown} error @param {View} view */
  failed(error, view) {
    const { session } = this;
    const members = /** @type {any} */ (error).members ?? {};
    const near = members.nearest;
    if (session.about && near !== undefined && near !== null) {
      const link = (/** @type {number} */ step) => ({ text: `Step ${integer(step)}`,
        href: appPath(session.project, session.app, { ...view, step: String(step) }) });
      return notice({ title: `There is no step ${view.step}`, text:
        /** @type {Error} */ (error).message, links: [link(near), { text: 'The head',
        href: appPath(session.project, session.app, { ...view, step: null }) }] });
    }
    return failure(error, { retry: () => this.open(view),
      up: { text: 'Applications', href: projectPath(session.project) },
      near: (name) => ({ text: name, href: appPath(session.project, name) }) });
  }

  learn() {
    const { session } = this;
    const names = [...new Set([...session.about.actions, ...session.timeline.actions])];
    if (names.length !== this.strips.colors.places.size) this.strips.colors = new Colors(names);
    this.warn();
  }

  /** @param {Set<string>} topics */
  draw(topics) {
    if (!this.ready) return;
    const { session } = this;
    const has = (/** @type {string[]} */ ...names) => names.some((name) => topics.has(name));
    if (has('about', 'head', 'generation')) this.learn();
    if (has('cells', 'windows', 'about', 'head', 'focus', 'base', 'clock',
      'settled')) this.steps.draw();
    // To scroll lays out what was changed before it: nothing yet.
    if (has('step', 'follow', 'focus')) this.steps.follow();
    if (has('win', 'cells', 'about', 'axis', 'compress', 'marks', 'pins', 'head', 'focus')) {
      this.strips.draw();
    } else if (has('windows')) this.strips.loaded();
    else if (has('step', 'hover', 'base')) this.strips.heads();
    if (topics.size === 1 && topics.has('hover')) return;
    this.transport.draw();
    if (has('step', 'windows', 'failure', 'view', 'path', 'base', 'about')
      || (has('detail') && session.view === 'chat')) this.state.draw();
    if (has('step', 'about', 'view', 'head', 'settled')) this.graph.draw();
    if (has('step', 'side', 'view', 'marks', 'notes', 'events', 'focus', 'about', 'head',
      'path', 'graph')) this.side.draw();
    if (has('connection', 'failure', 'windows')) this.warn();
    if (has('step')) this.speak();
    this.keepAddress(has('jump'));
  }

  /** Names the step in the title, where it is one that was chosen. */
  entitle() {
    const { session } = this;
    const row = session.follow ? null : session.row(session.step);
    const title = [...row ? [`${session.step} ${row.action}`] : [], session.app, session.project,
      'Burr'].join(' \u00b7 ');
    if (document.title !== title) document.title = title;
  }

  warn() {
    const { session } = this;
    const stale = session.connection === 'stale';
    const damage = session.about.problem ?? session.damage();
    const problem = session.failure ?? damage;
    this.banner.hidden = !stale && !problem;
    this.banner.classList.toggle('fail', !stale && Boolean(problem));
    const key = `${stale} ${problem}`;
    if (this.banner.dataset.key === key) return;
    this.banner.dataset.key = key;
    replace(this.banner, h('span', null, stale
      ? 'The server does not answer: what you see may be old. Trying again \u2026' : problem),
    !stale && session.failure && h('button', { class: 'outline', onclick: () => {
      session.failure = null;
      session.load();
      this.warn();
    } }, 'Try again'));
  }

  speak() {
    const { session } = this;
    const row = session.row(session.step);
    const changes = row?.changed ? `, ${row.changed.length} changes` : '';
    announce(`step ${session.step}${row ? `, ${row.action}${row.failed ? ', failed' : ''}` : ''}${
      changes}`);
  }

  // The address.

  /**
   * What a link to here says.
   * @returns {Partial<View>}
   */
  place() {
    const { session } = this;
    return { step: session.follow ? null : String(session.step),
      base: session.base === null ? null : String(session.base), path: session.path,
      view: session.view, side: session.side, win: session.zoomed ? session.win : null,
      focus: session.focus, axis: session.axis, pins: session.pins, q: session.filter };
  }

  /** @param {boolean} jump */
  keepAddress(jump) {
    const path = appPath(this.session.project, this.session.app, this.place());
    if (!jump && path === this.pending) return;
    clearTimeout(this.settle);
    if (jump) {
      // Back leads to where the jump began, although nothing had settled there yet.
      if (this.pending) this.write(this.pending, false);
      this.pending = '';
      this.write(path, true);
      return;
    }
    this.pending = path;
    this.settle = /** @type {any} */ (setTimeout(() => {
      this.pending = '';
      this.write(path, false);
    }, 350));
  }

  /** @param {string} path @param {boolean} push */
  write(path, push) {
    this.entitle();
    if (path === location.pathname + location.search) return;
    if (push) history.pushState(null, '', path);
    else history.replaceState(null, '', path);
  }

  /**
   * Back and Forward within this application.
   * @param {import('../core/refs.js').Route} to
   */
  arrive(to) {
    const { session } = this;
    if (!this.ready || to.name !== 'app' || to.app !== session.app
      || to.project !== session.project) return false;
    clearTimeout(this.settle);
    this.pending = '';
    const { view } = to;
    session.path = view.path ?? '';
    session.view = view.view ?? 'state';
    session.side = view.side ?? 'step';
    session.axis = view.axis;
    session.pins = view.pins;
    session.zoomed = view.win !== null;
    session.win = view.win ? session.clampRange(view.win) : [session.first, session.last()];
    session.focus = view.focus && session.clampRange(view.focus);
    if ((view.q ?? '') !== session.filter) this.steps.filterBy(view.q ?? '');
    session.compare(view.base).then(() => {
      session.changed('base');
      session.load();
    });
    session.changed('win', 'view', 'focus', 'pins', 'axis');
    if (view.step === null) session.toHead();
    else this.goTo(view.step, false);
    return true;
  }

  /** @param {string} ref @param {boolean} [jump] */
  async goTo(ref, jump = true) {
    const { session, shell } = this;
    const text = ref.replaceAll(',', '').trim();
    try {
      if (text === 'head') session.toHead();
      else session.go(await session.resolve(text), { jump });
    } catch (error) {
      shell.toast(/** @type {Error} */ (error).message);
    }
  }

  // What keys and buttons do.

  fit() {
    const { session } = this;
    const [from, to] = session.win;
    const middle = Math.round((from + to) / 2);
    const width = to - from;
    const centred = session.clampRange([session.step - width / 2, session.step + width / 2]);
    if (Math.abs(session.step - middle) > Math.max(1, width / 50)
      && centred[1] - centred[0] >= width - 1) session.zoom(centred);
    else session.zoom(session.bounds());
  }

  toggleAxis() {
    this.session.set('axis', this.session.axis === 'time' ? 'step' : 'time');
  }

  toggleBase() {
    const { session } = this;
    session.set('base', session.base === null ? Math.min(session.step, session.head) : null);
    session.load();
  }

  nextView() {
    const at = VIEWS.findIndex(([id]) => id === this.session.view);
    this.session.set('view', VIEWS[(at + 1) % VIEWS.length][0]);
  }

  pin() {
    const { session, shell } = this;
    const { path, pins } = session;
    if (!path) return shell.toast('Select a value first');
    session.set('pins', pins.includes(path) ? pins.filter((each) => each !== path)
      : [...pins.slice(-4), path]);
    session.changed('path');
  }

  toggleDrawer() {
    this.panes.classList.toggle('narrow');
  }

  /** @param {string} id */
  pane(id) {
    this.panes.dataset.pane = id;
    for (const button of this.switch.children) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-pane') === id));
    }
  }

  mark() {
    askMark(this);
  }

  /** @param {string} path */
  annotate(path) {
    this.session.set('side', 'notes');
    this.session.flush();
    this.pane('right');
    this.side.notes.begin(path);
  }

  table() {
    stripTable(this);
  }

  clear() {
    const { session, steps } = this;
    this.player.pause();
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
    else if (steps.input.value) steps.filterBy('');
    else if (session.focus) session.set('focus', null);
    else if (session.base !== null) session.set('base', null);
    else session.set('path', '');
  }

  copyLink() {
    const path = appPath(this.session.project, this.session.app,
      { ...this.place(), step: String(this.session.step) });
    this.shell.copy(location.origin + path, 'a link to here');
  }

  /** @param {Element} anchor */
  copyMenu(anchor) {
    const { session, shell } = this;
    const { step } = session;
    const state = `${location.origin}${session.url}/states/${step}?full=1`;
    const value = () => {
      const whole = session.look()?.state;
      const part = whole === undefined ? undefined : get(whole, session.path);
      return typeof part === 'string' ? part : stringify(part, 2);
    };
    shell.menu(anchor, [
      { text: 'Link', key: 'U', run: () => this.copyLink() },
      { text: 'Command: burr replay', run: () => shell.copy(`burr replay ${
        quote(`${session.project}/${session.app}`)} --step ${step}${
        session.path ? ` --path ${quote(session.path)}` : ''}`, 'the command') },
      { text: 'Command: curl', run: () => shell.copy(`curl ${quote(state)}`, 'the command') },
      { text: session.path ? 'Selected value' : 'State as JSON',
        run: () => shell.copy(value(), 'the value') },
      { text: 'Download log.jsonl', run: () => h('a', { download: `${session.app}.jsonl`,
        href: `${session.url}/export` }).click() },
      { text: 'Timeline as a table', run: () => this.table() },
    ]);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.settle);
    clearInterval(this.tick);
    this.ready = false;
    this.player.stop();
    this.live?.stop();
    this.session.stop();
    this.shell.palette.goTo = null;
  }
}
