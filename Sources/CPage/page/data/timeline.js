// The cells that strips are drawn from and rows are read from, at every zoom.

import { Tile, TILE, coarser, grow, readTiles } from './cells.js';

/** Histories up to this many steps are fetched whole, and summed up here. */
export const WHOLE = 8192;
const KEPT = 400;

/** @typedef {(query: {lod?: number, tile?: number, from?: number, to?: number, cells?: number})
 *   => Promise<any>} LoadCells */

export class Timeline {
  /**
   * @param {LoadCells} load
   * @param {() => void} changed
   */
  constructor(load, changed) {
    this.load = load;
    this.changed = changed;
    /** @type {Map<string, Tile>} */
    this.tiles = new Map();
    /** @type {Map<string, Promise<void>>} */
    this.flying = new Map();
    /** @type {string[]} */
    this.actions = [];
    this.first = 0;
    this.head = -1;
    this.overviewLod = 0;
    this.whole = false;
  }

  /**
   * Gets the whole history, coarsely where it is long.
   * @param {number} steps
   */
  async open(steps) {
    const reply = await this.load(steps <= WHOLE ? { lod: 0 } : { cells: 2048 });
    this.overviewLod = reply.lod;
    this.whole = reply.lod === 0;
    this.take(reply);
  }

  /**
   * Takes in what was asked for. What has been told since it was answered stays.
   * @param {any} reply
   */
  take(reply) {
    const names = reply.actions.map((/** @type {string} */ name) => this.number(name));
    for (const [number, tile] of readTiles(reply, names)) {
      const key = `${reply.lod}/${number}`;
      const here = this.tiles.get(key);
      if (here?.first === tile.first) grow(tile, here);
      this.tiles.set(key, tile);
    }
    // What was summed up of the cells as they were.
    for (const [key, { lod }] of this.tiles) {
      if (lod > Math.max(reply.lod, this.overviewLod)) this.tiles.delete(key);
    }
    this.changed();
  }

  /** Forgets everything: the history is another one. */
  clear() {
    this.tiles.clear();
    this.actions = [];
  }

  /**
   * The number of an action's name in the cells.
   * @param {string} name
   */
  number(name) {
    const known = this.actions.indexOf(name);
    return known < 0 ? this.actions.push(name) - 1 : known;
  }

  /**
   * The level whose cells are about a pixel wide.
   * @param {number} steps
   * @param {number} pixels
   */
  lod(steps, pixels) {
    const level = Math.max(0, Math.floor(Math.log2(steps / Math.max(1, pixels))));
    return this.whole ? level : Math.min(level, Math.max(this.overviewLod, level));
  }

  /**
   * A tile that is here, or can be made of those that are.
   * @param {number} lod
   * @param {number} number
   * @returns {Tile | null}
   */
  tile(lod, number) {
    const key = `${lod}/${number}`;
    const here = this.tiles.get(key);
    if (here) {
      this.tiles.delete(key);
      this.tiles.set(key, here);
      return here;
    }
    if (lod === 0 || (!this.whole && lod <= this.overviewLod)) return null;
    const left = this.tile(lod - 1, 2 * number);
    if (!left) return null;
    const made = coarser(number, left, this.tile(lod - 1, 2 * number + 1));
    this.tiles.set(key, made);
    return made;
  }

  /**
   * Visits the best cells there are between two steps, and asks for those that are missing.
   * @param {number} lod
   * @param {number} from
   * @param {number} to
   * @param {(tile: Tile, i: number) => void} visit
   * @param {boolean} [fetch]
   */
  cells(lod, from, to, visit, fetch = true) {
    const span = TILE * 2 ** lod;
    for (let number = Math.floor(from / span); number <= Math.floor(to / span); number++) {
      const begin = Math.max(from, number * span);
      const end = Math.min(to, (number + 1) * span - 1);
      const tile = this.tile(lod, number);
      if (tile) this.visit(tile, begin, end, visit);
      else {
        if (fetch) this.want(lod, number);
        this.instead(lod + 1, begin, end, visit);
      }
    }
  }

  /**
   * Coarser cells until finer ones have come.
   * @param {number} lod
   * @param {number} from
   * @param {number} to
   * @param {(tile: Tile, i: number) => void} visit
   */
  instead(lod, from, to, visit) {
    for (let level = lod; level <= 40; level++) {
      const tile = this.tile(level, Math.floor(from / (TILE * 2 ** level)));
      if (tile) return this.visit(tile, from, to, visit);
      if (level > this.overviewLod + 12) return;
    }
  }

  /** @param {Tile} tile @param {number} from @param {number} to
   *  @param {(tile: Tile, i: number) => void} visit */
  visit(tile, from, to, visit) {
    const scale = 2 ** tile.lod;
    const begin = Math.max(0, Math.floor(from / scale) - tile.first);
    const end = Math.min(tile.length - 1, Math.floor(to / scale) - tile.first);
    for (let i = begin; i <= end; i++) visit(tile, i);
  }

  /** @param {number} lod @param {number} number */
  want(lod, number) {
    const key = `${lod}/${number}`;
    if (this.whole || this.flying.has(key) || this.flying.size >= 4) return;
    const done = this.load({ lod, tile: number })
      .then((reply) => this.take(reply))
      .catch(() => {})
      .finally(() => {
        this.flying.delete(key);
        this.trim();
      });
    this.flying.set(key, done);
  }

  trim() {
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= KEPT) return;
      if (!key.startsWith(`${this.overviewLod}/`)) this.tiles.delete(key);
    }
  }

  /**
   * One step's row, if its cell is in memory.
   * @param {number} step
   * @param {boolean} [fetch]  ask for it otherwise
   */
  row(step, fetch = false) {
    const number = Math.floor(step / TILE);
    const tile = this.tile(0, number);
    if (!tile) {
      if (fetch) this.want(0, number);
      return null;
    }
    const i = step - tile.first;
    if (i < 0 || i >= tile.length || !tile.steps[i]) return null;
    return {
      step,
      action: this.actions[tile.action[i]] ?? '?',
      failed: tile.errors[i] > 0,
      start: tile.start[i],
      duration: tile.longest[i],
      size: tile.size[i],
    };
  }

  /**
   * Takes in a step that has just ended.
   * @param {import('./window.js').Row} row
   */
  append(row) {
    const action = this.number(row.action);
    this.head = Math.max(this.head, row.step);
    for (let lod = 0; lod <= 30; lod++) {
      const cell = Math.floor(row.step / 2 ** lod);
      const number = Math.floor(cell / TILE);
      const key = `${lod}/${number}`;
      let tile = this.tiles.get(key);
      if (!tile && !(lod <= this.overviewLod && cell % TILE === 0)) continue;
      tile ??= new Tile(lod, number * TILE, 0);
      if (row.step <= tile.last) continue;
      tile.last = row.step;
      tile.length = Math.max(tile.length, cell - tile.first + 1);
      this.tiles.set(key, tile);
      add(tile, cell - tile.first, row, action);
    }
    this.changed();
  }
}

/** @param {Tile} tile @param {number} i @param {import('./window.js').Row} row
 *  @param {number} action */
function add(tile, i, row, action) {
  if (!tile.steps[i]) tile.start[i] = row.start;
  tile.steps[i]++;
  tile.action[i] = action;
  tile.errors[i] += row.failed ? 1 : 0;
  tile.longest[i] = Math.max(tile.longest[i], row.duration);
  tile.busy[i] += row.duration;
  tile.size[i] = row.size;
  tile.changes[i] += row.changed.length;
}
