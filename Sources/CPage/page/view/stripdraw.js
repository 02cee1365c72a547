// The pictures of the strips. All state comes in; nothing is remembered.

import { bytes, duration, integer } from '../core/format.js';
import { ticks, timeUnit } from '../core/scale.js';
import { plain } from './colors.js';

/** @typedef {import('../core/scale.js').Scale} Scale */
/** @typedef {import('./colors.js').Paint} Paint */
/** @typedef {import('./colors.js').Colors} Colors */
/** @typedef {import('../data/timeline.js').Timeline} Timeline */
/**
 * @typedef {object} Area
 * @property {CanvasRenderingContext2D} ctx
 * @property {number} width
 * @property {number} height
 * @property {Scale} scale
 * @property {Paint} paint
 * @property {Colors} colors
 * @property {Timeline} timeline
 * @property {number} from
 * @property {number} to
 */

/** Heights of the detail strip's lanes, from the top. */
export const LANES = { axis: 18, bands: 16, durations: 34, size: 20, pin: 20, loaded: 4 };

/** From this level on a cell mixes too many steps for the colour of one action. */
const MIXED = 3;

/** @param {number} pins */
export function detailHeight(pins) {
  return LANES.axis + LANES.bands + LANES.durations + LANES.size + pins * LANES.pin
    + LANES.loaded + 8;
}

/**
 * The largest duration becomes the whole height; small ones stay visible.
 * @param {number} us
 * @param {number} most
 */
function tall(us, most) {
  return us <= 0 ? 0 : Math.max(0.04, Math.log1p(us / 1000) / Math.log1p(most / 1000));
}

/**
 * Visits the cells of an area with their pixels; cells narrower than one are still one wide.
 * @param {Area} area
 * @param {(left: number, width: number, tile: import('../data/cells.js').Tile, i: number)
 *   => void} visit
 */
function eachCell({ timeline, scale, width, from, to }, visit) {
  const lod = timeline.lod(to - from + 1, width);
  timeline.cells(lod, from, to, (tile, i) => {
    if (!tile.steps[i]) return;
    const begin = Math.max(from, tile.step(i));
    const left = scale.x(begin);
    const right = scale.end(begin, Math.min(to + 1, tile.step(i + 1)));
    visit(left, Math.max(1, right - left), tile, i);
  });
}

/** @param {Area} area */
function longest(area) {
  let most = 1;
  eachCell(area, (_left, _width, tile, i) => { most = Math.max(most, tile.longest[i]); });
  return most;
}

/**
 * Bars of the longest duration in each cell, coloured by action.
 * @param {Area} area
 * @param {number} top
 * @param {number} height
 */
function bars(area, top, height) {
  const { ctx, paint, colors, timeline } = area;
  const most = longest(area);
  eachCell(area, (left, width, tile, i) => {
    const part = tall(tile.longest[i], most) * height;
    ctx.fillStyle = tile.lod >= MIXED ? paint.text3
      : colors.band(timeline.actions[tile.action[i]] ?? '', paint);
    const gap = width > 5 ? 1 : 0;
    ctx.fillRect(left, top + height - part, width - gap, part);
    if (!tile.errors[i] || gap === 0) return;
    ctx.fillStyle = paint.fail;
    ctx.fillRect(left, top + height - part, width - gap, 3);
  });
}

/**
 * Every cell with an error is marked, at every zoom: by a tick with a head, or where they are
 * many by a rail that is the stronger the more there are.
 * @param {Area} area
 * @param {number} top
 * @param {number} height
 */
function errors(area, top, height) {
  const { ctx, paint } = area;
  let cells = 0;
  let marked = 0;
  eachCell(area, (_left, _width, tile, i) => {
    cells++;
    marked += tile.errors[i] ? 1 : 0;
  });
  const many = marked > Math.max(40, cells / 8);
  ctx.fillStyle = paint.fail;
  let last = -9;
  eachCell(area, (left, width, tile, i) => {
    if (!tile.errors[i]) return;
    const x = left + (width - 2) / 2;
    if (many) {
      ctx.globalAlpha = Math.min(1, 0.5 + 4 * tile.errors[i] / tile.steps[i]);
      ctx.fillRect(left, top, Math.max(2, width), 3);
      ctx.globalAlpha = 1;
      return;
    }
    ctx.fillRect(x, top, 2, height);
    if (x - last < 5) return;
    last = x;
    ctx.beginPath();
    ctx.moveTo(x - 2.5, top);
    ctx.lineTo(x + 4.5, top);
    ctx.lineTo(x + 1, top + 5);
    ctx.fill();
  });
}

/**
 * The whole application.
 * @param {Area} area
 * @param {{step: number}[]} marks
 * @param {number[]} forks
 */
export function drawOverview(area, marks, forks) {
  const { ctx, width, height, paint, scale } = area;
  ctx.clearRect(0, 0, width, height);
  bars(area, 6, height - 8);
  ctx.fillStyle = paint.line;
  ctx.fillRect(0, height - 1, width, 1);
  errors(area, 0, height - 1);
  flags(ctx, marks.map(({ step }) => scale.x(step)), 0, paint.accent);
  diamonds(ctx, forks.map((step) => scale.x(step)), height - 6, paint.text2);
}

/** @param {CanvasRenderingContext2D} ctx @param {number[]} places @param {number} top
 *  @param {string} color */
function flags(ctx, places, top, color) {
  ctx.fillStyle = color;
  for (const x of places) {
    ctx.fillRect(x, top, 1.5, 12);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x + 7, top + 3);
    ctx.lineTo(x, top + 6);
    ctx.fill();
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number[]} places @param {number} top
 *  @param {string} color */
function diamonds(ctx, places, top, color) {
  ctx.fillStyle = color;
  for (const x of places) {
    ctx.beginPath();
    ctx.moveTo(x, top - 4);
    ctx.lineTo(x + 4, top);
    ctx.lineTo(x, top + 4);
    ctx.lineTo(x - 4, top);
    ctx.fill();
  }
}

/**
 * The window, lane by lane.
 * @param {Area} area
 * @param {object} what
 * @param {{step: number}[]} what.marks
 * @param {[number, number][]} what.loaded
 * @param {import('../data/lanes.js').Lane[]} what.lanes
 * @param {(us: number) => string} what.clock
 * @param {boolean} what.time
 */
export function drawDetail(area, { marks, loaded, lanes, clock, time }) {
  const { ctx, width, height, paint, scale } = area;
  ctx.clearRect(0, 0, width, height);
  if (time) timeAxis(area, clock);
  else axis(area);
  let top = LANES.axis;
  bands(area, top, LANES.bands);
  top += LANES.bands + 4;
  bars(area, top, LANES.durations - 4);
  errors(area, LANES.axis, LANES.bands + LANES.durations);
  label(area, top, duration(longest(area)));
  top += LANES.durations;
  sizes(area, top, LANES.size - 4);
  top += LANES.size;
  for (const lane of lanes) {
    pinned(area, lane, top, LANES.pin - 4);
    top += LANES.pin;
  }
  drawLoaded(area, loaded);
  flags(ctx, marks.map(({ step }) => scale.x(step)), LANES.axis - 2, paint.accent);
  for (const { x } of scale.breaks) zigzag(ctx, x, LANES.axis, height - LANES.loaded, paint);
  ctx.fillStyle = paint.line;
  ctx.fillRect(0, LANES.axis - 1, width, 1);
}

/** @param {Area} area */
function axis({ ctx, width, scale, paint, from, to }) {
  labels(ctx, paint);
  let free = -1;
  for (const step of ticks(from, to, width / 110)) {
    const x = scale.x(step);
    ctx.fillRect(x, LANES.axis - 5, 1, 4);
    const text = integer(step);
    const wide = ctx.measureText(text).width;
    if (x < free || x + wide + 6 > width) continue;
    ctx.fillText(text, x + 4, LANES.axis / 2);
    free = x + wide + 16;
  }
}

/**
 * @param {Area} area
 * @param {(us: number) => string} clock
 */
function timeAxis({ ctx, width, scale, paint }, clock) {
  labels(ctx, paint);
  const { time } = scale;
  if (!time) return;
  if (scale.breaks.length) {
    // Between two breaks there may be no round time: labels stand at even distances.
    for (let x = 0; x + 70 < width; x += 130) label(x, time(x));
    return;
  }
  const [from, to] = [time(0), time(width)];
  const unit = timeUnit(((to - from) * 110) / width);
  // Round by the clock on the wall, which the labels show.
  const zone = new Date(from / 1000).getTimezoneOffset() * 60e6;
  for (let at = Math.ceil((from - zone) / unit) * unit + zone; at < to; at += unit) {
    const x = ((at - from) / (to - from)) * width;
    if (x + 70 < width) label(x, at);
  }

  /** @param {number} x @param {number} us */
  function label(x, us) {
    ctx.fillRect(x, LANES.axis - 5, 1, 4);
    ctx.fillText(clock(us), x + 4, LANES.axis / 2);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Paint} paint
 */
function labels(ctx, paint) {
  ctx.font = `11px ${paint.sans}`;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = paint.text3;
}

/** @param {Area} area @param {number} top @param {number} height */
function bands(area, top, height) {
  const { ctx, paint, colors, timeline } = area;
  ctx.font = `11px ${paint.sans}`;
  ctx.textBaseline = 'middle';
  eachCell(area, (left, width, tile, i) => {
    const name = timeline.actions[tile.action[i]] ?? '';
    ctx.fillStyle = colors.band(name, paint);
    ctx.fillRect(left, top, width - (width > 5 ? 1 : 0), height);
    if (width < 44 || tile.lod > 0) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width - 6, height);
    ctx.clip();
    ctx.fillStyle = paint.bandL > 65 ? '#1a1b1f' : '#ffffff';
    ctx.fillText(name, left + 6, top + height / 2 + 0.5);
    ctx.restore();
  });
}

/** @param {Area} area @param {number} top @param {number} height */
function sizes(area, top, height) {
  const { ctx, paint } = area;
  let most = 1;
  eachCell(area, (_left, _width, tile, i) => { most = Math.max(most, tile.size[i]); });
  ctx.fillStyle = paint.strong;
  eachCell(area, (left, width, tile, i) => {
    const part = (tile.size[i] / most) * height;
    ctx.fillRect(left, top + height - part, width, part);
  });
  label(area, top, bytes(most));
}

/**
 * What a lane's full height means.
 * @param {Area} area
 * @param {number} top
 * @param {string} text
 */
function label({ ctx, width, paint }, top, text) {
  ctx.font = `10px ${paint.sans}`;
  ctx.textBaseline = 'top';
  const wide = ctx.measureText(text).width + 8;
  ctx.globalAlpha = 0.82;
  ctx.fillStyle = paint.surface;
  ctx.fillRect(width - wide, top, wide, 12);
  ctx.globalAlpha = 1;
  ctx.fillStyle = paint.text3;
  ctx.fillText(text, width - wide + 4, top + 1);
}

/** @param {Area} area @param {import('../data/lanes.js').Lane} lane @param {number} top
 *  @param {number} height */
function pinned(area, lane, top, height) {
  const { ctx, paint, scale } = area;
  ctx.fillStyle = paint.sunken;
  ctx.fillRect(0, top, area.width, height);
  ctx.font = `11px ${paint.sans}`;
  ctx.textBaseline = 'middle';
  const wide = ctx.measureText(lane.path).width + 10;
  for (const run of lane.runs) {
    const left = scale.x(run.from);
    const width = Math.max(1, scale.x(run.to + 1) - left);
    if (lane.kind === 'number') {
      const part = Math.max(1, ((run.number - lane.low) / (lane.high - lane.low || 1)) * height);
      ctx.fillStyle = paint.accent;
      ctx.fillRect(left, top + height - part, width, Math.min(2, part));
      ctx.globalAlpha = 0.25;
      ctx.fillRect(left, top + height - part, width, part);
      ctx.globalAlpha = 1;
    } else if (lane.kind === 'words') {
      ctx.fillStyle = run.missing ? paint.sunken : plain(`oklch(${paint.bandL}% ${
        paint.bandC} ${(run.order * 67 + 220) % 360})`);
      ctx.fillRect(left, top, width, height);
      // What stands under the lane's name begins behind it.
      const hidden = Math.max(0, wide - left);
      if (width - hidden > 30) {
        caption(ctx, run.text, left + hidden, top, width - hidden, height, paint);
      }
    } else {
      ctx.fillStyle = paint.text3;
      ctx.fillRect(left, top + 2, 1, height - 4);
    }
  }
  ctx.globalAlpha = 0.86;
  ctx.fillStyle = paint.surface;
  ctx.fillRect(0, top, wide, height);
  ctx.globalAlpha = 1;
  ctx.fillStyle = paint.text2;
  ctx.fillText(lane.path, 5, top + height / 2);
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} left
 *  @param {number} top @param {number} width @param {number} height @param {Paint} paint */
function caption(ctx, text, left, top, width, height, paint) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width - 4, height);
  ctx.clip();
  ctx.font = `11px ${paint.sans}`;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = paint.bandL > 65 ? '#1a1b1f' : '#ffffff';
  ctx.fillText(text, left + 5, top + height / 2);
  ctx.restore();
}

/**
 * What of the window is in memory.
 * @param {Omit<Area, 'colors' | 'timeline'>} area
 * @param {[number, number][]} loaded
 */
export function drawLoaded({ ctx, width, height, scale, paint, from, to }, loaded) {
  const top = height - LANES.loaded;
  ctx.clearRect(0, top, width, LANES.loaded);
  ctx.fillStyle = paint.line;
  ctx.fillRect(0, top + 1, width, 2);
  ctx.fillStyle = paint.accent;
  for (const [begin, end] of loaded) {
    if (end < from || begin > to) continue;
    const left = scale.x(Math.max(from, begin));
    ctx.fillRect(left, top + 1, Math.max(1, scale.x(Math.min(to, end) + 1) - left), 2);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} top
 *  @param {number} bottom @param {Paint} paint */
function zigzag(ctx, x, top, bottom, paint) {
  ctx.strokeStyle = paint.text3;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let y = top, side = 0; y < bottom; y += 4, side ^= 1) ctx.lineTo(x + side * 3, y);
  ctx.stroke();
}
