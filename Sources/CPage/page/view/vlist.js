// A list of any length of which only what is seen is in the document.

import { h } from './dom.js';

/** Browsers lay out no taller elements than about this, in pixels. */
const TALLEST = 8_000_000;
const MARGIN = 6;

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
    if (Math.abs(top - this.top) < 1) return;
    this.top = top;
    if (this.scaled) {
      const part = top / Math.max(1, TALLEST - this.height);
      this.offset = part * (this.tall - this.height);
    } else this.offset = top;
    this.draw();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!this.scaled || event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? this.row : event.deltaMode === 2 ? this.height : 1;
    this.scrollTo(this.offset + event.deltaY * unit);
  }

  /** @param {number} offset */
  scrollTo(offset) {
    this.offset = Math.max(0, Math.min(offset, this.tall - this.height));
    const top = this.scaled
      ? (this.offset / Math.max(1, this.tall - this.height)) * (TALLEST - this.height)
      : this.offset;
    this.top = Math.max(0, Math.round(top));
    this.el.scrollTop = this.top;
    this.draw();
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

  /** Fills all rows anew. */
  draw() {
    const [first, last] = this.range();
    for (const [index, row] of this.rows) {
      if (index >= first && index <= last) continue;
      this.rows.delete(index);
      row.hidden = true;
      this.spare.push(row);
    }
    const shift = this.top - this.offset;
    let above = /** @type {Element | null} */ (null);
    for (let index = first; index <= last; index++) {
      let row = this.rows.get(index);
      if (!row) {
        row = this.spare.pop();
        if (!row) {
          row = this.create();
          row.classList.add('vrow');
          this.room.append(row);
        }
        row.hidden = false;
        this.rows.set(index, row);
      }
      row.style.transform = `translateY(${Math.round(index * this.row + shift)}px)`;
      // In the document they stand as they are seen: that is the order they are read in.
      const next = /** @type {Node | null} */ (
        above ? above.nextSibling : this.room.firstChild);
      if (next !== row) this.room.insertBefore(row, next);
      above = row;
      this.fill(row, index);
    }
    if (this.height) this.seen?.(first, last);
  }
}
