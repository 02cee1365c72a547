// How a number went, in a line of text's height.

import { h, s } from './dom.js';
import { integer } from '../core/format.js';

const WIDTH = 240;
const HEIGHT = 24;

/**
 * @param {import('../data/lanes.js').Lane} lane   of numbers
 * @param {{from: number, to: number}} range       the steps that it is about
 * @param {number} step                            is marked
 */
export function sparkline({ runs, low, high }, { from, to }, step) {
  const x = (/** @type {number} */ at) => ((at - from) / Math.max(1, to + 1 - from)) * WIDTH;
  const y = (/** @type {number} */ number) =>
    HEIGHT - 2 - ((number - low) / (high - low)) * (HEIGHT - 4);
  let path = '';
  let open = false;
  for (const run of runs) {
    if (run.missing) {
      open = false;
      continue;
    }
    path += `${open ? 'L' : 'M'}${point(x(run.from), y(run.number))}H${x(run.to + 1).toFixed(1)}`;
    open = true;
  }
  const here = runs.find((run) => run.from <= step && run.to >= step && !run.missing);
  const text = (/** @type {number} */ number) => String(Number(number.toPrecision(6)));
  return [s('svg', { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH,
    height: HEIGHT, role: 'img', 'aria-label':
      `From ${text(low)} to ${text(high)} over steps ${from} to ${to}` },
  s('path', { d: path }),
  here && s('circle', { cx: x(step + 0.5).toFixed(1), cy: y(here.number).toFixed(1), r: 2.5 })),
  h('span', { class: 'dim num' }, `${text(low)} \u2013 ${text(high)} over ${integer(from)}\u2013${
    integer(to)}`)];
}

/** @param {number} x @param {number} y */
function point(x, y) {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
