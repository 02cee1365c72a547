// Both strips: what is drawn when, and what the pointer does on them.

import { attribute, h, replace, text } from './dom.js';
import { Colors, readPaint } from './colors.js';
import { LANES, detailHeight, drawDetail, drawLoaded, drawOverview } from './stripdraw.js';
import { drawHeads } from './heads.js';
import { idle, stepScale, timeScale, zoomed } from '../core/scale.js';
import { lane } from '../data/lanes.js';
import { clock, duration, integer, moment } from '../core/format.js';
import { Drag } from './drag.js';

/** @typedef {import('../data/session.js').Session} Session */
/** @typedef {import('../core/scale.js').Scale} Scale */

const OVERVIEW = 44;

export class Strips {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.paint = readPaint();
    this.colors = new Colors([]);
    this.width = 0;
    this.overview = this.strip(OVERVIEW, 'Whole run');
    this.detail = this.strip(detailHeight(0), 'Step');
    this.tip = h('div', { class: 'tip num', hidden: true });
    this.hint = h('button', { class: 'outline idle', hidden: true, onclick: () => {
      session.set('compress', !session.compress);
    } });
    this.base = h('div', { class: 'handle base', role: 'slider', tabindex: 0,
      'aria-label': 'Base of the diff' });
    this.el = h('section', { class: 'strips', 'aria-label': 'Timeline' },
      this.overview.box, this.detail.box, this.hint, this.tip);
    this.detail.box.append(this.base);
    this.scales = { overview: stepScale(0, 1, 1), detail: stepScale(0, 1, 1) };
    this.drag = new Drag(this);
    new ResizeObserver(() => {
      this.width = this.detail.box.clientWidth;
      this.draw();
    }).observe(this.detail.box);
  }

  /** @param {number} height @param {string} label */
  strip(height, label) {
    const still = h('canvas', { 'aria-hidden': 'true' });
    const heads = h('canvas', { 'aria-hidden': 'true' });
    const head = h('div', { class: 'head', hidden: true }, h('i'));
    const slider = h('div', { class: 'slider', role: 'slider', tabindex: 0, 'aria-label': label });
    const box = h('div', { class: 'strip', style: { height: `${height}px` } },
      still, heads, head, slider);
    return { box, still, heads, head, slider, height, drawn: '' };
  }

  /** @param {string[]} actions */
  learn(actions) {
    this.colors = new Colors(actions);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} height */
  context(canvas, height) {
    const ratio = devicePixelRatio || 1;
    const [w, hh] = [Math.round(this.width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== hh) {
      canvas.width = w;
      canvas.height = hh;
    }
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    return ctx;
  }

  /** @param {number} from @param {number} to */
  scale(from, to) {
    const { session, width } = this;
    if (session.axis !== 'time') return stepScale(from, to, width);
    const { knots, end } = this.knots(from, to);
    return timeScale(knots, to, end, width, session.compress);
  }

  /** @param {number} from @param {number} to */
  knots(from, to) {
    const { timeline } = this.session;
    /** @type {import('../core/scale.js').Knot[]} */
    const knots = [];
    let end = 0;
    timeline.cells(timeline.lod(to - from + 1, this.width), from, to, (tile, i) => {
      if (!tile.steps[i]) return;
      const start = Math.max(tile.start[i], knots[knots.length - 1]?.start ?? 0);
      knots.push({ step: Math.max(from, tile.step(i)), start, busy: tile.busy[i] });
      end = Math.max(end, start + tile.busy[i]);
    });
    return { knots, end };
  }

  /** Draws everything anew. */
  draw() {
    const { session, width, paint, colors } = this;
    if (!width) return;
    this.overview.drawn = this.detail.drawn = '';
    const { timeline, first, win } = session;
    const last = Math.max(first, session.last());
    const lanes = session.pins.map((path) => lane(session.windows.windows, path, win));
    this.detail.height = detailHeight(lanes.length);
    this.detail.box.style.height = `${this.detail.height}px`;
    this.scales = { overview: this.scale(first, last), detail: this.scale(win[0], win[1]) };
    const shared = { width, paint, colors, timeline };
    const forks = (session.about?.children ?? [])
      .map((/** @type {any} */ child) => child.step).filter(Number.isInteger);
    drawOverview({ ...shared, ctx: this.context(this.overview.still, OVERVIEW), height: OVERVIEW,
      scale: this.scales.overview, from: first, to: last }, session.marks, forks);
    drawDetail({ ...shared, ctx: this.context(this.detail.still, this.detail.height),
      height: this.detail.height, scale: this.scales.detail, from: win[0], to: win[1] }, {
      marks: session.marks, loaded: session.windows.ranges(), lanes,
      clock: (us) => clock(us).slice(0, 8), time: session.axis === 'time' });
    this.offerCompress(win);
    this.heads();
  }

  /** Draws what came into memory, or left it. */
  loaded() {
    const { session, width, paint, detail } = this;
    if (session.pins.length) return this.draw();
    if (!width) return;
    drawLoaded({ ctx: this.context(detail.still, detail.height), width, height: detail.height,
      scale: this.scales.detail, paint, from: session.win[0], to: session.win[1] },
    session.windows.ranges());
    this.heads();
  }

  /** @param {[number, number]} win */
  offerCompress([from, to]) {
    const { session } = this;
    const time = session.axis === 'time' && to > from;
    let part = 0;
    if (time) {
      const { knots, end } = this.knots(from, to);
      part = idle(knots, end);
    }
    this.hint.hidden = part <= 0.5;
    text(this.hint, session.compress ? 'Show idle time'
      : `${(part * 100).toFixed(part > 0.99 ? 1 : 0)} % idle \u00b7 compress`);
  }

  /** Draws what moves only. */
  heads() {
    const { session, width, overview, detail, scales } = this;
    if (!width) return;
    const { win } = session;
    this.shade(overview, { scale: scales.overview, win: session.zoomed ? win : null, top: 0,
      range: null });
    this.shade(detail, { scale: scales.detail, win: null, top: LANES.axis - 6, range: win });
    this.placeHead(overview, scales.overview, true);
    this.placeHead(detail, scales.detail, session.step >= win[0] && session.step <= win[1]);
    this.describe();
    this.placeBase();
    this.showTip();
  }

  /**
   * Draws what lies over a strip, unless it is there already: a moved playhead leaves it as it is.
   * @param {ReturnType<Strips['strip']>} strip
   * @param {Pick<Parameters<typeof drawHeads>[0], 'scale' | 'win' | 'top' | 'range'>} what
   */
  shade(strip, what) {
    const { width, paint, session } = this;
    const { hover, base, focus } = session;
    const over = { hover, base, focus, running: session.running?.step ?? null, ...what };
    const drawn = JSON.stringify(over);
    if (strip.drawn === drawn) return;
    strip.drawn = drawn;
    const { height } = strip;
    drawHeads({ ...over, ctx: this.context(strip.heads, height), height, width, paint });
  }

  /**
   * The playhead is an element of its own: to move it nothing is painted.
   * @param {ReturnType<Strips['strip']>} strip
   * @param {Scale} scale
   * @param {boolean} inside
   */
  placeHead({ head }, scale, inside) {
    const { step } = this.session;
    head.hidden = !inside;
    if (!inside) return;
    const left = scale.x(step);
    const right = Math.min(this.width, scale.end(step, step + 1));
    head.style.transform = `translateX(${Math.round((left + right) / 2)}px)`;
    const band = /** @type {HTMLElement} */ (head.firstChild);
    const wide = `${right - left > 6 ? (right - left).toFixed(1) : 0}px`;
    if (band.style.width !== wide) band.style.width = wide;
  }

  describe() {
    const { session } = this;
    const row = session.row(session.step);
    const words = [`step ${session.step} of ${session.last()}`];
    if (row) {
      words.push(row.action, row.failed ? 'failed' : 'ok', clock(row.start));
      if (row.changed) words.push(`changed ${row.changed.join(', ') || 'nothing'}`);
    }
    for (const { slider } of [this.overview, this.detail]) {
      attribute(slider, 'aria-valuemin', String(session.first));
      attribute(slider, 'aria-valuemax', String(Math.max(session.first, session.last())));
      attribute(slider, 'aria-valuenow', String(session.step));
      attribute(slider, 'aria-valuetext', words.join(', '));
    }
  }

  placeBase() {
    const { session, base } = this;
    const at = session.base;
    const inside = at !== null && at >= session.win[0] && at <= session.win[1];
    base.hidden = !inside;
    if (at === null || !inside) return;
    const x = (this.scales.detail.x(at) + this.scales.detail.x(at + 1)) / 2;
    base.style.transform = `translateX(${Math.max(0, Math.min(this.width - 24, x - 12))}px)`;
    attribute(base, 'aria-valuemin', String(session.first));
    attribute(base, 'aria-valuemax', String(session.last()));
    attribute(base, 'aria-valuenow', String(at));
    attribute(base, 'aria-valuetext', `compared with step ${at}`);
  }

  showTip() {
    const { session, tip, drag } = this;
    const { hover } = session;
    tip.hidden = hover === null || drag.pointer === null;
    if (hover === null || drag.pointer === null) return;
    const row = session.row(hover);
    const lines = [h('b', null, `Step ${integer(hover)}`)];
    if (row) {
      lines.push(h('span', null, `${row.action} \u00b7 ${row.failed ? 'failed \u00b7 ' : ''}${
        duration(row.duration)}`), h('span', { class: 'dim' }, moment(row.start)));
      if (row.changed?.length) {
        lines.push(h('span', { class: 'dim' }, row.changed.slice(0, 4).join(', ')));
      }
    }
    replace(tip, lines);
    const x = Math.min(this.width - tip.offsetWidth - 8, Math.max(8, drag.pointer.x + 12));
    const top = drag.pointer.overview ? OVERVIEW + 2 : OVERVIEW + this.detail.height + 2;
    tip.style.transform = `translate(${x}px, ${top}px)`;
  }

  /**
   * Zooms at the playhead, or at a step.
   * @param {number} factor
   * @param {number} [at]
   */
  zoom(factor, at = this.session.step) {
    const { session } = this;
    session.zoom(zoomed(session.win, Math.min(session.win[1], Math.max(session.win[0], at)),
      factor));
  }

  /**
   * Moves the window by a part of its width.
   * @param {number} part
   */
  pan(part) {
    const { session } = this;
    const [from, to] = session.win;
    const by = Math.round((to - from) * part);
    const shift = Math.max(session.first - from, Math.min(session.last() - to, by));
    session.zoom([from + shift, to + shift]);
  }

  themed() {
    this.paint = readPaint();
    this.draw();
  }
}
