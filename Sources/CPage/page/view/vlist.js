// A list of any length of which only what is seen is in the document.

import { h } from './dom.js';

/** Browsers lay out no taller elements than about this, in pixels. */
const TALLEST = 8_000_000;
const MARGIN = 6;
/** So far the scroll bar of a list that is taller may be from where it should be, in pixels. */
const DRIFT = 4000;
/** So long rows may stand in another order in the document than on the screen, in milliseconds. */
const DISORDER = 150;

export class VirtualList {
  /**
   * @param {object} parts
   * @param {number} parts.row             height of a row, in pixels
   * @param {() => HTMLElement} parts.create
   * @param {(row: any, index: number) => void} parts.fill
   * @param {(first: number, last: number) => void} [parts.seen]  called after a scroll
   * @param {Record<string, any>} [parts.properties]
   */
  constructor({ row, create, fill, seen, properties }) {
    this.row = row;
    this.create = create;
    this.fill = fill;
    this.seen = seen;
    this.count = 0;
    /** Where we are in the list at its true height, in pixels. */
    this.offset = 0;
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map();
    /** @type {HTMLElement[]} */
    this.spare = [];
    this.room = h('div', { class: 'room', role: 'presentation' });
    this.el = h('div', { class: 'vlist', tabindex: 0, ...properties }, this.room);
    /** The element's scrollTop: to read that itself would lay the document out. */
    this.top = 0;
    this.height = 0;
    /** The row to show once there is room for any. */
    this.wanted = -1;
    /** Until the rows stand in their order. */
    this.timer = 0;
    this.el.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.el.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => {
      this.height = this.el.clientHeight;
      if (this.wanted >= 0) this.show(this.wanted);
      this.draw();
    }).observe(this.el);
  }

  get tall() {
    return this.count * this.row;
  }

  get scaled() {
    return this.tall > TALLEST;
  }

  /**
   * Makes rows taller or less so, in pixels.
   * @param {number} row
   */
  setRow(row) {
    const first = this.offset / this.row;
    this.row = row;
    this.grow();
    if (this.height) this.scrollTo(first * row);
  }

  /** As tall as the rows; a list that may be shorter than its place knows it, too. */
  grow() {
    const tall = `${Math.min(this.tall, TALLEST)}px`;
    this.room.style.height = tall;
    this.el.style.setProperty('--tall', tall);
  }

  /** @param {number} count */
  setCount(count) {
    if (count === this.count) return;
    this.count = count;
    this.grow();
    this.offset = Math.max(0, Math.min(this.offset, this.tall - this.height));
    this.top = Math.max(0, Math.min(this.top, Math.min(this.tall, TALLEST) - this.height));
    this.draw();
  }

  scrolled() {
    const top = this.el.scrollTop;
    const by = top - this.top;
    if (Math.abs(by) < 1) return;
    this.top = top;
    if (!this.scaled) this.offset = top;
    else if (Math.abs(by) < this.height && top > 0 && top < TALLEST - this.height) {
      this.offset = this.inside(this.offset + by);
    } else this.offset = top / Math.max(1, TALLEST - this.height) * (this.tall - this.height);
    this.draw(false);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!this.scaled || event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? this.row : event.deltaMode === 2 ? this.height : 1;
    this.scrollTo(this.offset + event.deltaY * unit);
  }

  /** @param {number} offset */
  inside(offset) {
    return Math.max(0, Math.min(offset, this.tall - this.height));
  }

  /** @param {number} offset */
  scrollTo(offset) {
    const to = Math.round(this.inside(offset));
    let top = to;
    if (this.scaled) {
      const whole = TALLEST - this.height;
      const due = Math.round(to / Math.max(1, this.tall - this.height) * whole);
      // Rows that stay where they are need not be painted again.
      top = to + Math.round(this.top - this.offset);
      if (Math.abs(top - due) > DRIFT || top < 0 || top > whole) top = due;
    }
    this.offset = to;
    this.top = top;
    this.el.scrollTop = top;
    this.draw(false);
  }

  /**
   * Scrolls as little as is needed to see a row.
   * @param {number} index
   * @returns {boolean}  whether it did, and so has drawn
   */
  show(index) {
    this.wanted = this.height ? -1 : index;
    if (index < 0 || !this.height) return false;
    const top = index * this.row;
    const margin = Math.min(this.row * 2, this.height / 4);
    const before = this.offset;
    if (top < before + margin) this.scrollTo(top - margin);
    else if (top + this.row > before + this.height - margin) {
      this.scrollTo(top + this.row - this.height + margin);
    } else return false;
    return true;
  }

  /**
   * The first and last row that can be seen.
   * @returns {[number, number]}
   */
  range() {
    const first = Math.max(0, Math.floor(this.offset / this.row) - MARGIN);
    const last = Math.ceil((this.offset + this.height) / this.row) + MARGIN;
    return [first, Math.min(this.count - 1, last)];
  }

  /**
   * Shows the rows that can be seen.
   * @param {boolean} [all]  fills those anew, too, that are shown already
   */
  draw(all = true) {
    const [first, last] = this.range();
    const { rows, spare } = this;
    for (const [index, row] of rows) {
      if (index >= first && index <= last) continue;
      rows.delete(index);
      spare.push(row);
    }
    const shift = this.top - this.offset;
    for (let index = first; index <= last; index++) {
      const known = rows.get(index);
      const row = known ?? spare.pop() ?? this.added();
      if (!known) rows.set(index, row);
      if (row.hidden) row.hidden = false;
      const place = `translateY(${Math.round(index * this.row + shift)}px)`;
      if (row.style.transform !== place) row.style.transform = place;
      if (all || !known) this.fill(row, index);
    }
    for (const row of spare) if (!row.hidden) row.hidden = true;
    clearTimeout(this.timer);
    this.timer = /** @type {any} */ (setTimeout(() => this.order(), DISORDER));
    if (this.height) this.seen?.(first, last);
  }

  added() {
    const row = this.create();
    row.classList.add('vrow');
    this.room.append(row);
    return row;
  }

  /**
   * Fills a row anew, if it is shown.
   * @param {number} index
   */
  refill(index) {
    const row = this.rows.get(index);
    if (row) this.fill(row, index);
  }

  /** In the document rows stand as they are seen: that is the order they are read in. */
  order() {
    let above = /** @type {Element | null} */ (null);
    for (const [, row] of [...this.rows].sort(([a], [b]) => a - b)) {
      const next = /** @type {Node | null} */ (
        above ? above.nextSibling : this.room.firstChild);
      if (next !== row) this.room.insertBefore(row, next);
      above = row;
    }
  }
}
