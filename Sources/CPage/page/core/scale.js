// Where a step lies on a strip: by its number, or by its time.

/**
 * @typedef {object} Scale
 * @property {(step: number) => number} x      the left edge of a step, in pixels
 * @property {(x: number) => number} step      the step at a pixel
 * @property {(step: number, next: number) => number} end  where a step or cell ends that began at
 *   `step`, and behind which `next` comes: idle time is not drawn
 * @property {((x: number) => number) | null} time  microseconds since 1970, where pixels are time
 * @property {{x: number, us: number}[]} breaks  where idle time was cut out
 */

/**
 * Steps side by side.
 * @param {number} from
 * @param {number} to
 * @param {number} width
 * @returns {Scale}
 */
export function stepScale(from, to, width) {
  const count = Math.max(1, to - from + 1);
  return {
    x: (step) => ((step - from) / count) * width,
    step: (x) => Math.min(to, Math.max(from, Math.floor(from + (x / width) * count))),
    end: (_step, next) => ((next - from) / count) * width,
    time: null,
    breaks: [],
  };
}

/** @typedef {{step: number, start: number, busy: number}} Knot */

/**
 * How much of the time nothing ran, from 0 to 1.
 * @param {Knot[]} knots
 * @param {number} end
 */
export function idle(knots, end) {
  if (knots.length < 2) return 0;
  const span = end - knots[0].start;
  const busy = knots.reduce((sum, knot) => sum + knot.busy, 0);
  return span > 0 ? Math.max(0, 1 - busy / span) : 0;
}

/**
 * Steps at their time. With `compress`, long pauses become short and are marked.
 * @param {Knot[]} knots  by step; the clock may go back
 * @param {number} to     the last step
 * @param {number} end    when it ended
 * @param {number} width
 * @param {boolean} compress
 * @returns {Scale}
 */
export function timeScale(knots, to, end, width, compress) {
  if (!knots.length) return stepScale(0, to, width);
  const total = Math.max(1, end - knots[0].start);
  const short = total / 200;
  /** @type {number[]} */
  const places = [0];
  /** @type {{at: number, us: number}[]} */
  const cuts = [];
  for (let i = 0; i < knots.length; i++) {
    const next = knots[i + 1]?.start ?? end;
    const span = Math.max(0, next - knots[i].start);
    const pause = span - Math.min(span, knots[i].busy);
    const cut = compress && pause > short;
    if (cut) cuts.push({ at: places[i] + (span - pause), us: pause });
    places.push(places[i] + (cut ? span - pause + Math.min(short, pause) / 4 : span));
  }
  const scale = width / Math.max(1, places[places.length - 1]);
  const find = (/** @type {number[]} */ list, /** @type {number} */ value) => {
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle] <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const steps = [...knots.map(({ step }) => step), to + 1];
  return {
    x(step) {
      const i = Math.min(knots.length - 1, find(steps, step));
      const part = (step - steps[i]) / Math.max(1, steps[i + 1] - steps[i]);
      return (places[i] + Math.min(1, Math.max(0, part)) * (places[i + 1] - places[i])) * scale;
    },
    step(x) {
      const i = Math.min(knots.length - 1, find(places, x / scale));
      const part = (x / scale - places[i]) / Math.max(1e-9, places[i + 1] - places[i]);
      const step = steps[i] + Math.floor(Math.min(0.999999, part) * (steps[i + 1] - steps[i]));
      return Math.min(to, Math.max(steps[0], step));
    },
    end(step) {
      const i = Math.min(knots.length - 1, find(steps, step));
      const next = knots[i + 1]?.start ?? end;
      return (places[i] + Math.min(Math.max(0, next - knots[i].start), knots[i].busy)) * scale;
    },
    time(x) {
      const i = Math.min(knots.length - 1, find(places, x / scale));
      const next = knots[i + 1]?.start ?? end;
      return Math.min(next, knots[i].start + x / scale - places[i]);
    },
    breaks: cuts.map(({ at, us }) => ({ x: at * scale, us })),
  };
}

/**
 * Round numbers for an axis, about so many.
 * @param {number} from
 * @param {number} to
 * @param {number} about
 * @returns {number[]}
 */
export function ticks(from, to, about) {
  const raw = Math.max(1, (to - from) / Math.max(1, about));
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
  const list = [];
  for (let at = Math.ceil(from / unit) * unit; at <= to; at += unit) list.push(at);
  return list;
}

/** Units of time that people count in, in microseconds. */
const UNITS = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((n) => [n, n * 1e3])
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200]
    .map((seconds) => seconds * 1e6)).sort((a, b) => a - b);

/**
 * The smallest unit of time that is at least so long: whole days where none is.
 * @param {number} us
 */
export function timeUnit(us) {
  const day = 86_400e6;
  return UNITS.find((unit) => unit >= us) ?? Math.ceil(us / day) * day;
}

/**
 * The window after zooming at a step.
 * @param {[number, number]} win
 * @param {number} at      stays where it is
 * @param {number} factor  below 1 zooms in
 * @returns {[number, number]}
 */
export function zoomed([from, to], at, factor) {
  const begin = at - (at - from) * factor;
  return [Math.round(begin), Math.round(begin + (to - from) * factor)];
}
