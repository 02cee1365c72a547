// Where a playback is at a moment. Pure: whoever has the clock asks.

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
/** In live cadence nobody waits longer than this, in microseconds. */
export const IDLE_CAP = 2e6;

/**
 * @typedef {object} Playing
 * @property {number} step
 * @property {number} carry   what of a step (or, in live cadence, of microseconds) is left over
 */
/**
 * @typedef {object} Course
 * @property {number} first
 * @property {number} last
 * @property {boolean} loop
 * @property {number | 'live'} speed    steps a second, or the pauses of the run itself
 * @property {(step: number) => number | null} start  microseconds since 1970
 */

/**
 * The playback after some time. `ended` where it came to the end and does not loop.
 * @param {Playing} playing
 * @param {number} elapsed   milliseconds
 * @param {Course} course
 * @returns {Playing & {ended: boolean}}
 */
export function advance(playing, elapsed, course) {
  return course.speed === 'live'
    ? cadence(playing, elapsed, course)
    : steady(playing, elapsed, course, course.speed);
}

/** @param {Playing} playing @param {number} elapsed @param {Course} course @param {number} speed */
function steady(playing, elapsed, course, speed) {
  const due = playing.carry + (elapsed / 1000) * speed;
  const whole = Math.floor(due);
  return moved(playing.step, whole, due - whole, course);
}

/** @param {Playing} playing @param {number} elapsed @param {Course} course */
function cadence(playing, elapsed, course) {
  let left = playing.carry + elapsed * 1000;
  let steps = 0;
  while (steps < 1000) {
    const wait = pause(playing.step + steps, course);
    if (left < wait) break;
    left -= wait;
    steps++;
    if (playing.step + steps >= course.last && !course.loop) break;
  }
  return moved(playing.step, steps, left, course);
}

/**
 * How long to stay at a step, in microseconds.
 * @param {number} step
 * @param {Course} course
 */
function pause(step, course) {
  const at = course.start(step);
  const next = course.start(step + 1);
  if (at === null || next === null) return 250_000;
  return Math.min(IDLE_CAP, Math.max(1000, next - at));
}

/** @param {number} from @param {number} steps @param {number} carry @param {Course} course */
function moved(from, steps, carry, course) {
  let step = from + steps;
  if (step <= course.last) {
    return { step, carry, ended: !course.loop && step === course.last };
  }
  const length = course.last - course.first + 1;
  if (course.loop) {
    step = course.first + ((step - course.first) % length);
    return { step, carry, ended: false };
  }
  return { step: course.last, carry: 0, ended: true };
}

/**
 * The next speed up or down.
 * @param {number | 'live'} speed
 * @param {1 | -1} direction
 */
export function nextSpeed(speed, direction) {
  const at = speed === 'live' ? SPEEDS.indexOf(1) : SPEEDS.indexOf(speed);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + direction))];
}
