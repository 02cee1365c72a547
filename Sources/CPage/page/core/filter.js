// What is typed above the step list: `action:prompt status:failed touches:/answer >250ms word`.

/** @typedef {{action?: string, status?: string, touches?: string, min_ms?: number}} StepFilter */

/**
 * @param {string} text
 * @param {string[]} actions  of the application
 * @param {string[]} keys     of its state
 * @returns {{filter: StepFilter, problem: string | null}}
 */
export function parseFilter(text, actions, keys) {
  /** @type {StepFilter} */
  const filter = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const time = /^>=?(\d+(?:\.\d+)?)(us|ms|s|min)?$/.exec(word);
    const named = /^(action|status|touches|key):(.*)$/.exec(word);
    if (time) {
      const units = { us: 0.001, ms: 1, s: 1000, min: 60000 };
      filter.min_ms = Number(time[1]) * units[/** @type {keyof units} */ (time[2] ?? 'ms')];
    } else if (named) {
      const [, name, value] = named;
      if (!value) return { filter, problem: `Something is missing after "${name}:".` };
      if (name === 'action') filter.action = choose(value, actions) ?? value;
      else if (name === 'status') {
        if (!['ok', 'failed', 'running', 'crashed'].includes(value)) {
          return { filter, problem: 'A status is ok, failed, running or crashed.' };
        }
        filter.status = value;
      } else {
        const key = value.replace(/^\//, '');
        filter.touches = `/${choose(key, keys) ?? key}`;
      }
    } else if (['failed', 'error', 'errors'].includes(word)) filter.status = 'failed';
    else {
      const action = choose(word, actions);
      if (action === null) {
        return { filter, problem: `No action is named like "${word}". Others: action:NAME, `
          + 'status:failed, touches:KEY, >250ms.' };
      }
      filter.action = action;
    }
  }
  return { filter, problem: null };
}

/**
 * The one that is meant: exactly, by its beginning, by a part.
 * @param {string} typed
 * @param {string[]} names
 * @returns {string | null}
 */
function choose(typed, names) {
  const want = typed.toLowerCase();
  return names.find((name) => name === typed)
    ?? names.find((name) => name.toLowerCase().startsWith(want))
    ?? names.find((name) => name.toLowerCase().includes(want)) ?? null;
}
