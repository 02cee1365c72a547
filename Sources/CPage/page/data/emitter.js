// Tells listeners that something changed; once per animation frame, however often it did.

export class Emitter {
  constructor() {
    /** @type {Set<(topics: Set<string>) => void>} */
    this.listeners = new Set();
    /** @type {Set<string>} */
    this.topics = new Set();
    this.frame = 0;
  }

  /** @param {(topics: Set<string>) => void} listener @returns {() => void} */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {string[]} topics */
  changed(...topics) {
    for (const topic of topics) this.topics.add(topic);
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  /** Tells it now. */
  flush() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const topics = this.topics;
    this.topics = new Set();
    for (const listener of this.listeners) listener(topics);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.listeners.clear();
  }
}
