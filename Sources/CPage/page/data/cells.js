// Steps summed up in cells of 2^lod, in tiles of 512 cells.

export const TILE = 512;
const COLUMNS = /** @type {const} */ (
  ['steps', 'action', 'errors', 'start', 'longest', 'busy', 'size', 'changes']);

/** Columns over cells, with room for a whole tile. */
export class Tile {
  /**
   * @param {number} lod
   * @param {number} first   the number of its first cell
   * @param {number} length  how many cells it has
   */
  constructor(lod, first, length) {
    this.lod = lod;
    this.first = first;
    this.length = length;
    /** The last step that is summed up in it. */
    this.last = -1;
    this.steps = new Uint32Array(TILE);
    this.action = new Int16Array(TILE).fill(-1);
    this.errors = new Uint32Array(TILE);
    this.start = new Float64Array(TILE).fill(NaN);
    this.longest = new Float64Array(TILE);
    this.busy = new Float64Array(TILE);
    this.size = new Float64Array(TILE);
    this.changes = new Uint32Array(TILE);
  }

  /**
   * The first step of a cell.
   * @param {number} i
   */
  step(i) {
    return (this.first + i) * 2 ** this.lod;
  }
}

/**
 * A timeline's reply, cut into tiles.
 * @param {any} reply
 * @param {number[]} names  our numbers of the reply's actions
 * @returns {Map<number, Tile>}  by tile number
 */
export function readTiles(reply, names) {
  const { lod, cells } = reply;
  const begin = Math.floor(reply.from / 2 ** lod);
  const count = cells.steps.length;
  /** @type {Map<number, Tile>} */
  const tiles = new Map();
  for (let at = 0; at < count;) {
    const number = Math.floor((begin + at) / TILE);
    const end = Math.min(count, (number + 1) * TILE - begin);
    const tile = new Tile(lod, begin + at, end - at);
    tile.steps.set(cells.steps.slice(at, end));
    for (let i = at; i < end; i++) tile.action[i - at] = names[cells.top_action[i]] ?? -1;
    tile.errors.set(cells.errors.slice(at, end));
    tile.longest.set(cells.dur_max_us.slice(at, end));
    tile.busy.set(cells.dur_sum_us.slice(at, end));
    tile.size.set(cells.size_last.slice(at, end));
    tile.changes.set(cells.changes.slice(at, end));
    for (let i = at; i < end; i++) tile.start[i - at] = cells.start_us[i] ?? NaN;
    tile.last = Math.min(reply.to, reply.head?.step ?? reply.to, tile.step(tile.length) - 1);
    tiles.set(number, tile);
    at = end;
  }
  return tiles;
}

/**
 * Completes a tile by the cells of another one of the same place in which there are more steps.
 * @param {Tile} tile
 * @param {Tile} other
 */
export function grow(tile, other) {
  for (let i = 0; i < other.length; i++) {
    if (other.steps[i] <= tile.steps[i]) continue;
    for (const column of COLUMNS) tile[column][i] = other[column][i];
  }
  tile.length = Math.max(tile.length, other.length);
  tile.last = Math.max(tile.last, other.last);
}

/**
 * The tile one level up from its two halves; either may be missing at the end of a history.
 * @param {number} number
 * @param {Tile} left
 * @param {Tile | null} right
 */
export function coarser(number, left, right) {
  const length = Math.ceil((left.length + (right?.length ?? 0)) / 2);
  const tile = new Tile(left.lod + 1, number * TILE, length);
  tile.last = right?.last ?? left.last;
  const halves = right ? [left, right] : [left];
  for (const half of halves) {
    const offset = (half.first - 2 * tile.first) / 2;
    for (let i = 0; i < half.length; i++) fold(tile, offset + (i >> 1), half, i);
  }
  return tile;
}

/** @param {Tile} tile @param {number} at @param {Tile} part @param {number} i */
function fold(tile, at, part, i) {
  if (!part.steps[i]) return;
  const heavier = part.steps[i] > tile.steps[at] || tile.action[at] < 0;
  tile.steps[at] += part.steps[i];
  if (heavier) tile.action[at] = part.action[i];
  tile.errors[at] += part.errors[i];
  if (Number.isNaN(tile.start[at])) tile.start[at] = part.start[i];
  tile.longest[at] = Math.max(tile.longest[at], part.longest[i]);
  tile.busy[at] += part.busy[i];
  tile.size[at] = part.size[i];
  tile.changes[at] += part.changes[i];
}
