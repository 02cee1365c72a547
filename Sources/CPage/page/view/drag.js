// The pointer on the strips: scrub, brush, focus, fine control, wheel.

/** @typedef {import('./strips.js').Strips} Strips */
/**
 * @typedef {object} Held
 * @property {'scrub' | 'brush' | 'move' | 'focus' | 'base'} kind
 * @property {boolean} overview
 * @property {number} x      where it began
 * @property {number} y
 * @property {number} step   the step there, or where the playhead is, in parts
 * @property {[number, number]} win
 * @property {boolean} moved
 */

export class Drag {
  /** @param {Strips} strips */
  constructor(strips) {
    this.strips = strips;
    /** @type {Held | null} */
    this.held = null;
    /** @type {{x: number, overview: boolean} | null} */
    this.pointer = null;
    this.lastX = 0;
    /** Where the strip that the pointer is on stands in the window. */
    this.box = new DOMRect();
    for (const strip of [strips.overview, strips.detail]) {
      const { slider } = strip;
      const overview = strip === strips.overview;
      slider.addEventListener('pointerdown', (event) => this.down(event, slider, overview));
      slider.addEventListener('pointermove', (event) => this.move(event, slider, overview));
      slider.addEventListener('pointerup', () => this.up());
      slider.addEventListener('pointercancel', () => this.up());
      slider.addEventListener('pointerleave', () => this.leave());
      slider.addEventListener('dblclick', () => overview
        ? strips.session.zoom([strips.session.first, strips.session.last()])
        : strips.zoom(0.25));
      slider.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    }
    const { base } = strips;
    base.addEventListener('pointerdown', (event) => this.down(event, base, false, 'base'));
    base.addEventListener('pointermove', (event) => this.move(event, base, false));
    base.addEventListener('pointerup', () => this.up());
    base.addEventListener('keydown', (event) => this.baseKey(event));
  }

  /** @param {KeyboardEvent} event */
  baseKey(event) {
    const { session } = this.strips;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: -10,
      PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || session.base === null) return;
    session.set('base', Math.min(session.head, Math.max(session.first, session.base + by)));
    session.load();
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event @param {Element} slider */
  place(event, slider) {
    // While it is held nothing moves under it; to ask again would lay the document out.
    if (!this.held) this.box = slider.parentElement?.getBoundingClientRect() ?? this.box;
    return { x: event.clientX - this.box.left, y: event.clientY - this.box.top };
  }

  /** @param {PointerEvent} event @param {HTMLElement} slider @param {boolean} overview
   *  @param {Held['kind']} [kind] */
  down(event, slider, overview, kind) {
    if (event.button !== 0) return;
    const { session, scales } = this.strips;
    const { x, y } = this.place(event, slider);
    slider.setPointerCapture(event.pointerId);
    const step = (overview ? scales.overview : scales.detail).step(x);
    kind ??= event.shiftKey ? 'focus' : overview && session.zoomed ? this.edge(x) : 'scrub';
    this.held = { kind, overview, x, y, step, win: [...session.win], moved: false };
    this.lastX = x;
    session.dragging = kind === 'scrub';
    session.set('hover', null);
    if (kind === 'scrub') session.go(step, { jump: false });
  }

  /**
   * What the overview's brush does where it is taken.
   * @param {number} x
   * @returns {Held['kind']}
   */
  edge(x) {
    const { session, scales } = this.strips;
    const left = scales.overview.x(session.win[0]);
    const right = scales.overview.x(session.win[1] + 1);
    if (Math.abs(x - left) < 6 || Math.abs(x - right) < 6) return 'brush';
    return x > left && x < right && right - left > 16 ? 'move' : 'scrub';
  }

  /** @param {PointerEvent} event @param {HTMLElement} slider @param {boolean} overview */
  move(event, slider, overview) {
    const { session, scales } = this.strips;
    const { x, y } = this.place(event, slider);
    const { held } = this;
    const scale = (held?.overview ?? overview) ? scales.overview : scales.detail;
    this.pointer = { x, overview };
    if (!held) {
      session.set('hover', scale.step(Math.max(0, Math.min(this.strips.width - 1, x))));
      slider.style.cursor = overview && session.zoomed
        && this.edge(x) === 'brush' ? 'ew-resize' : 'default';
      return;
    }
    if (!held.moved && Math.abs(x - held.x) < 2) return;
    held.moved = true;
    const at = scale.step(x);
    if (held.kind === 'scrub') session.go(this.scrub(held, x, y, at), { jump: false });
    else if (held.kind === 'focus') session.set('focus', session.clampRange([held.step, at]));
    else if (held.kind === 'base') this.moveBase(at);
    else if (held.kind === 'move') {
      const shift = at - held.step;
      const width = held.win[1] - held.win[0];
      const from = Math.max(session.first,
        Math.min(session.last() - width, held.win[0] + shift));
      session.zoom([from, from + width]);
    } else {
      const left = Math.abs(held.step - held.win[0]) < Math.abs(held.step - held.win[1]);
      session.zoom(left ? [at, held.win[1]] : [held.win[0], at]);
    }
    this.lastX = x;
  }

  /** @param {number} at */
  moveBase(at) {
    const { session } = this.strips;
    session.set('base', Math.min(session.head, at));
    session.load();
  }

  /**
   * Away from the strip a pixel means less: ten times finer for each 60 pixels.
   * @param {Held} held
   * @param {number} x
   * @param {number} y
   * @param {number} at
   */
  scrub(held, x, y, at) {
    const { session, detail, overview } = this.strips;
    const height = held.overview ? overview.height : detail.height;
    const away = y < 0 ? -y : y > height ? y - height : 0;
    if (away < 30) {
      held.step = at;
      return at;
    }
    const scale = held.overview ? this.strips.scales.overview : this.strips.scales.detail;
    const perPixel = Math.max(1e-6, (scale.step(this.strips.width - 1) - scale.step(0))
      / this.strips.width);
    held.step += (x - this.lastX) * perPixel / 10 ** (away / 60);
    return session.clamp(held.step);
  }

  up() {
    const { session } = this.strips;
    const { held } = this;
    this.held = null;
    session.dragging = false;
    if (!held) return;
    if (!held.moved && (held.kind === 'move' || held.kind === 'brush')) {
      session.go(held.step, { jump: true });
    } else if (held.kind === 'focus' && !held.moved) session.set('focus', null);
    if (held.kind === 'scrub') {
      session.fetch(Math.min(session.step, session.head));
      session.changed('settled');
    }
  }

  leave() {
    if (this.held) return;
    this.pointer = null;
    this.strips.session.set('hover', null);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { strips } = this;
    const { session } = strips;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      strips.zoom(event.deltaY > 0 ? 1.25 : 0.8, session.hover ?? session.step);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      strips.pan((event.deltaX || event.deltaY) / 1000);
    } else session.go(session.step + (event.deltaY > 0 ? 1 : -1), { jump: false });
  }
}
