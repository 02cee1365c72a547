// What the live stream tells a session.

import { Live } from './live.js';
import { StepWindow } from './window.js';
import { json, request } from './api.js';
import { connect } from './shared.js';
import { operations } from '../core/patch.js';
import { micros } from '../core/format.js';
import { split } from '../core/pointer.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * Connects a session to the stream.
 * @param {Session} session
 * @returns {Live}
 */
export function follow(session) {
  const name = `${encodeURIComponent(session.project)}/${encodeURIComponent(session.app)}`;
  const live = new Live(
    name,
    {
      connect,
      ping: (signal) => request(session.url, { method: 'HEAD', signal }),
      now: () => performance.now(),
    },
    (type, data, exact) => take(session, type, data, exact),
    (state) => {
      session.connection = state;
      session.changed('connection');
    },
  );
  live.start();
  return live;
}

/**
 * @param {Session} session
 * @param {string} type
 * @param {any} data
 * @param {Map<string, any>} exact
 */
export function take(session, type, data, exact) {
  if (type === 'step.begin') began(session, data);
  else if (type === 'step.end') ended(session, data, exact.get('delta'));
  else if (type === 'head') head(session, data);
  else if (type === 'gap' || type === 'generation') refresh(session, type === 'generation');
  else if (type === 'mark') mark(session, data);
  else if (type === 'gone') {
    session.failure = 'This application was deleted.';
    session.changed('failure');
  } else session.changed('events');
}

/** @param {Session} session @param {any} data */
function began(session, data) {
  session.running = { step: data.step, action: data.action, start: data.start, status: 'running' };
  moved(session);
}

/** @param {Session} session @param {any} data @param {any} delta */
function ended(session, data, delta) {
  if (data.step <= session.head) return;
  // The stream began behind steps that nobody has told us of.
  const missed = session.head >= session.first && data.step > session.head + 1;
  /** @type {import('./window.js').Row} */
  const row = {
    step: data.step,
    action: data.action,
    failed: data.status === 'failed',
    start: micros(data.start) ?? 0,
    duration: data.duration_us ?? 0,
    size: data.size ?? 0,
    changed: (data.changed ?? []).map((/** @type {string} */ path) => split(path)[0] ?? ''),
  };
  if (session.running?.step === data.step) session.running = null;
  if (delta !== undefined && delta !== null) extend(session, row, operations(delta));
  session.head = row.step;
  session.timeline.append(row);
  if (session.about) {
    session.about.steps++;
    session.about.errors += row.failed ? 1 : 0;
  }
  moved(session);
  if (missed) refresh(session, false);
}

/**
 * Puts a step behind the last window, if that is in memory.
 * @param {Session} session
 * @param {import('./window.js').Row} row
 * @param {import('../core/patch.js').Operation[]} delta
 */
function extend(session, row, delta) {
  const tail = session.windows.find(session.head);
  if (!tail || tail.to !== session.head || row.step !== session.head + 1) return;
  const full = Math.floor(row.step / 256) !== Math.floor(tail.from / 256);
  if (!full) return tail.append(row, delta);
  session.windows.put(new StepWindow({
    from: row.step, to: row.step, sealed: false, keyframe: tail.after(tail.to), recorded: true,
    elided: tail.elided, rows: [row], deltas: [delta], problems: new Map(), weight: tail.weight,
  }));
}

/** @param {Session} session @param {any} data */
function head(session, data) {
  if (session.about) Object.assign(session.about, { status: data.status });
  const step = data.head?.step ?? data.head ?? -1;
  if (data.g && session.g && data.g !== session.g) refresh(session, true);
  else if (step > session.head) refresh(session, false);
  else session.changed('about');
}

/**
 * Sessions that are asking, and what is to be asked for again then.
 * @type {WeakMap<Session, {again: boolean, all: boolean}>}
 */
const refreshing = new WeakMap();

/**
 * Asks again for what may have grown.
 * @param {Session} session
 * @param {boolean} all  also for what cannot have grown: the history is another one
 */
async function refresh(session, all) {
  const asked = refreshing.get(session);
  if (asked) {
    asked.again = true;
    asked.all ||= all;
    return;
  }
  const work = { again: false, all };
  refreshing.set(session, work);
  try {
    do {
      const whole = work.all;
      work.again = work.all = false;
      await renew(session, whole);
    } while (work.again);
  } catch (error) {
    session.fail(error);
  } finally {
    refreshing.delete(session);
  }
}

/** @param {Session} session @param {boolean} all */
async function renew(session, all) {
  const about = await json(session.url);
  // Steps that were told while we asked are there already, and counted.
  const before = session.head;
  const same = about.g === session.g;
  session.learn(about);
  if (same && session.head < before) session.head = session.timeline.head = before;
  if (!same) session.timeline.clear();
  session.windows.drop((window) => all || !window.sealed);
  await session.timeline.open(session.head - session.first + 1);
  moved(session);
  session.load();
}

/**
 * The end has moved on.
 * @param {Session} session
 */
function moved(session) {
  if (!session.zoomed) session.win = [session.first, session.last()];
  if (session.follow) {
    const to = session.last();
    if (to !== session.step) {
      session.step = to;
      session.reveal();
      session.changed('step');
      if (!session.windows.find(Math.min(to, session.head))) session.load();
    }
  }
  session.changed('head', 'win');
}

/** @param {Session} session @param {any} data */
function mark(session, data) {
  const gone = data.removed ?? data.mark?.name;
  session.marks = session.marks.filter(({ name }) => name !== gone);
  if (data.mark) session.marks.push(data.mark);
  session.marks.sort((a, b) => a.step - b.step);
  session.changed('marks');
}
