// Playback: a clock that moves the playhead.

import { advance, nextSpeed } from '../data/playback.js';

/** @typedef {import('../data/session.js').Session} Session */

export class Player {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.playing = false;
    this.loop = false;
    /** @type {number | 'live'} */
    this.speed = 4;
    this.pauseOnError = false;
    this.carry = 0;
    this.last = 0;
    this.frame = 0;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  start() {
    const { session } = this;
    const [first, last] = session.bounds();
    if (session.step >= last || session.step < first) session.go(first);
    session.detach(false);
    this.playing = true;
    this.carry = 0;
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.tick(now));
    session.changed('play');
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.session.changed('play', 'settled');
  }

  /** @param {number} now */
  tick(now) {
    if (!this.playing) return;
    const { session } = this;
    const [first, last] = session.bounds();
    const course = { first, last, loop: this.loop, speed: this.speed,
      start: (/** @type {number} */ step) => session.row(step)?.start ?? null };
    const next = advance({ step: session.step, carry: this.carry }, now - this.last, course);
    this.last = now;
    this.carry = next.carry;
    if (next.step !== session.step) {
      session.go(next.step, { jump: false });
      if (this.pauseOnError && session.row(next.step)?.failed) this.pause();
    }
    if (next.ended) this.pause();
    else if (this.playing) this.frame = requestAnimationFrame((time) => this.tick(time));
  }

  /** @param {number | 'live'} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.carry = 0;
    this.session.changed('play');
  }

  /** @param {1 | -1} direction */
  faster(direction) {
    this.setSpeed(nextSpeed(this.speed, direction));
  }

  stop() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }
}
