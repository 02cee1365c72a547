// Jumps that have to look for where they go, one at a time.

import { nearest, write } from '../data/jumps.js';
import { writer } from '../data/writers.js';
import { readable } from '../core/pointer.js';

export class Jumps {
  /** @param {import('./apppage.js').AppPage} page */
  constructor(page) {
    this.page = page;
    this.turn = 0;
  }

  /**
   * Goes to what is found, unless another jump was asked for since.
   * @param {(stopped: () => boolean) => Promise<number | null>} find
   * @param {string} nothing
   */
  async to(find, nothing) {
    const { session, shell } = this.page;
    const turn = ++this.turn;
    try {
      const step = await find(() => this.turn !== turn);
      if (this.turn !== turn) return;
      if (step === null) shell.toast(nothing);
      else session.go(step);
    } catch (error) {
      shell.toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {1 | -1} way */
  error(way) {
    const { session } = this.page;
    return this.to(() => nearest(session, { status: 'failed' }, way),
      way > 0 ? 'No later error' : 'No earlier error');
  }

  /** @param {1 | -1} way @param {string} [action] */
  visit(way, action) {
    const { session } = this.page;
    const name = action ?? session.row(session.step)?.action ?? session.running?.action;
    if (!name) return;
    return this.to(() => nearest(session, { action: name }, way),
      `No ${way > 0 ? 'later' : 'earlier'} visit of ${name}`);
  }

  /** @param {1 | -1} way */
  hit(way) {
    const { session, steps, shell } = this.page;
    if (!steps.found) return shell.toast('Filter the steps first: press /');
    const { filter } = steps.found;
    return this.to(() => nearest(session, filter, way),
      way > 0 ? 'No later step of the filter' : 'No earlier step of the filter');
  }

  /**
   * To the step that wrote a value last.
   * @param {string} [path]  the selected one without
   */
  blame(path = this.page.session.path) {
    const { session, shell } = this.page;
    if (!path) return shell.toast('Select a value first');
    const { step } = session;
    return this.to(async (stopped) => {
      const known = writer(session, path, step);
      const found = known ?? await write(session, path, -1, stopped, step + 1);
      if (found === step) shell.toast(`${readable(path)} was written by this step`);
      return found;
    }, `${readable(path)} has not been written since the beginning`);
  }

  /** @param {1 | -1} way */
  write(way) {
    const { session, shell } = this.page;
    const { path } = session;
    if (!path) return shell.toast('Select a value first');
    return this.to((stopped) => write(session, path, way, stopped),
      `No ${way > 0 ? 'later' : 'earlier'} write of ${readable(path)}`);
  }
}
