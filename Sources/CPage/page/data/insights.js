// Tokens, calls and cost, from the attributes that instrumented models leave behind.

/**
 * @typedef {object} Call
 * @property {number} step
 * @property {string} span
 * @property {string} model
 * @property {number} input
 * @property {number} output
 */
/** @typedef {{model: string, input: number, output: number}} Price  dollars per million tokens */

/** Both the names OpenTelemetry uses today, and those it used before. */
const INPUT = /^(?:gen_ai|llm)\.(?:usage\.)?(?:input_tokens|prompt_tokens)$/;
const OUTPUT = /^(?:gen_ai|llm)\.(?:usage\.)?(?:output_tokens|completion_tokens)$/;
const MODEL = [/^gen_ai\.response\.model$/, /^gen_ai\.request\.model$/,
  /^llm\.(?:response\.)?model/];

/**
 * List prices, as a start; the table is there to be changed.
 * @type {Price[]}
 */
export const PRICES = [
  { model: 'gpt-4o-mini', input: 0.15, output: 0.6 },
  { model: 'gpt-4o', input: 2.5, output: 10 },
  { model: 'gpt-4-turbo', input: 10, output: 30 },
  { model: 'gpt-3.5-turbo', input: 0.5, output: 1.5 },
  { model: 'claude-3-5-sonnet', input: 3, output: 15 },
  { model: 'claude-3-haiku', input: 0.25, output: 1.25 },
];

/** Adds attribute events to calls, one for each span that counts tokens. */
export class Calls {
  constructor() {
    /** @type {Map<string, Call>} */
    this.bySpan = new Map();
  }

  /** @param {any} event */
  add(event) {
    const { key, value, span_id: span } = event.data ?? {};
    if (typeof key !== 'string') return;
    const place = MODEL.findIndex((name) => name.test(key));
    const input = INPUT.test(key);
    if (place < 0 && !input && !OUTPUT.test(key)) return;
    const id = `${event.step}/${span ?? ''}`;
    let call = this.bySpan.get(id);
    if (!call) {
      call = { step: event.step, span: String(span ?? ''), model: '', input: 0, output: 0 };
      this.bySpan.set(id, call);
    }
    if (place >= 0) {
      if (!call.model || place === 0) call.model = String(value);
    } else if (input) call.input = Number(value) || 0;
    else call.output = Number(value) || 0;
  }

  /** @returns {Call[]} */
  list() {
    return [...this.bySpan.values()].filter(({ input, output }) => input || output);
  }
}

/**
 * The price with the longest name that the model's begins with.
 * @param {Price[]} prices
 * @param {string} model
 */
export function priceOf(prices, model) {
  return prices.filter((price) => price.model && model.startsWith(price.model))
    .sort((a, b) => b.model.length - a.model.length)[0] ?? null;
}

/** @param {Call} call @param {Price[]} prices @returns {number | null} dollars */
export function cost(call, prices) {
  const price = priceOf(prices, call.model);
  return price && (call.input * price.input + call.output * price.output) / 1e6;
}

/**
 * @param {Call[]} calls
 * @param {Price[]} prices
 */
export function sums(calls, prices) {
  /** @type {Map<string, {model: string, calls: number, input: number, output: number,
   *   cost: number | null}>} */
  const models = new Map();
  for (const call of calls) {
    const sum = models.get(call.model)
      ?? { model: call.model, calls: 0, input: 0, output: 0, cost: 0 };
    const own = cost(call, prices);
    sum.calls++;
    sum.input += call.input;
    sum.output += call.output;
    sum.cost = own === null || sum.cost === null ? null : sum.cost + own;
    models.set(call.model, sum);
  }
  return [...models.values()].sort((a, b) => b.input + b.output - a.input - a.output);
}
