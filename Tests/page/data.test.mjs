// What the page's modules promise about windows, cells, playback, live streams and notes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from '../../Sources/CPage/page/core/json.js';
import { StepWindow } from '../../Sources/CPage/page/data/window.js';
import { WindowStore } from '../../Sources/CPage/page/data/windows.js';
import { Timeline } from '../../Sources/CPage/page/data/timeline.js';
import { advance, nextSpeed } from '../../Sources/CPage/page/data/playback.js';
import { Live } from '../../Sources/CPage/page/data/live.js';
import { take } from '../../Sources/CPage/page/data/follow.js';
import { Session } from '../../Sources/CPage/page/data/session.js';
import { writes } from '../../Sources/CPage/page/data/jumps.js';
import { lane } from '../../Sources/CPage/page/data/lanes.js';
import { elementWriter, trail, writer } from '../../Sources/CPage/page/data/writers.js';
import { arrange } from '../../Sources/CPage/page/data/appsmodel.js';
import { Calls, PRICES, cost, sums } from '../../Sources/CPage/page/data/insights.js';
import { streamed, trace } from '../../Sources/CPage/page/data/spans.js';
import { csv } from '../../Sources/CPage/page/data/notes.js';

const row = (step, more) => ({ step, action: 'a', failed: false, start: step * 1e6,
  duration: 1000, size: 10, changed: ['n'], ...more });

/** A window whose state counts: {"n":from} before the first step. */
function counting(from, to, more = {}) {
  const steps = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return new StepWindow({ from, to, sealed: true, keyframe: parse(`{"n":${from},"s":{"x":1}}`),
    recorded: true, elided: [], rows: steps.map((step) => row(step)),
    deltas: steps.map((step) => parse(`[{"op":"replace","path":"/n","value":${step + 1}}]`)),
    problems: new Map(), weight: 1000, ...more });
}

test('a window gives the state at each of its steps, in any order', () => {
  const window = counting(256, 511);
  for (const step of [511, 256, 300, 299, 301, 400, 287, 288, 289]) {
    assert.equal(stringify(window.after(step)), `{"n":${step + 1},"s":{"x":1}}`);
    assert.equal(stringify(window.before(step)), `{"n":${step},"s":{"x":1}}`);
  }
  assert.equal(window.after(300).get('s'), window.after(511).get('s'));
  assert.throws(() => window.after(512), /not recorded/);
});

test('a delta that is not known makes the steps after it unknown, and no others', () => {
  const window = counting(0, 9, { problems: new Map([[5, 'damaged at offset 4096']]) });
  window.deltas[5] = null;
  assert.equal(stringify(window.after(4).get('n')), '5');
  assert.throws(() => window.after(5), /damaged at offset 4096/);
  assert.throws(() => window.after(9), /damaged/);
});

test('a state that nobody recorded is not made up; the step that sets all begins anew', () => {
  const window = counting(0, 2, { keyframe: null, recorded: false });
  window.deltas[0] = parse('[{"op":"replace","path":"","value":{"n":1}}]');
  assert.equal(stringify(window.after(2)), '{"n":3}');
  assert.throws(() => counting(0, 2, { keyframe: null, recorded: false }).after(1),
    /No state was recorded/);
});

test('what is below an elided key is left alone', () => {
  const window = counting(0, 0, { elided: ['/big'],
    keyframe: parse('{"big":{"$elided":{"kind":"array","bytes":1,"href":""}},"n":0}') });
  window.deltas = [parse('[{"op":"add","path":"/big/-","value":1},'
    + '{"op":"replace","path":"/n","value":1}]')];
  assert.equal(window.after(0).get('n'), 1);
});

test('a window grows with the steps that end', () => {
  const window = counting(0, 3);
  window.append(row(4), [{ op: 'replace', path: '/n', value: 9 }]);
  assert.equal(window.after(4).get('n'), 9);
  assert.equal(window.to, 4);
});

test('no more than two windows are asked for at once, and the older gives way', async () => {
  const asked = [];
  const store = new WindowStore((step, signal) => new Promise((resolve, reject) => {
    asked.push({ step, signal, resolve: () => resolve(counting(step, step + 255)) });
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  }), () => {});
  const first = store.get(0).catch((error) => error.message);
  store.get(256, [256]).catch(() => {});
  store.get(512, [256, 512]).catch(() => {});
  assert.equal(await first, 'aborted');
  assert.deepEqual(asked.map(({ signal }) => signal.aborted), [true, false, false]);
  asked[2].resolve();
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(store.find(600)?.from, 512);
  assert.equal(store.find(256), null);
  assert.deepEqual(store.ranges(), [[512, 767]]);
});

test('the least used windows are dropped when memory is short', () => {
  const store = new WindowStore(() => Promise.reject(new Error('none')), () => {});
  for (let i = 0; i < 10; i++) {
    store.put(counting(i * 256, i * 256 + 255, { weight: 10 * 1024 * 1024 }));
    store.find(0);
  }
  assert.ok(store.find(0), 'used last');
  assert.ok(store.find(9 * 256));
  assert.equal(store.find(256), null);
  assert.ok(store.windows.length <= 6);
});

function timelineReply(lod, from, steps) {
  const count = Math.ceil(steps / 2 ** lod);
  const column = (value) => Array.from({ length: count }, (_, i) => value(i));
  return { lod, from, to: from + steps - 1, actions: ['a', 'b'], cells: {
    steps: column((i) => Math.min(2 ** lod, steps - i * 2 ** lod)), top_action: column((i) => i % 2),
    errors: column((i) => (i === 3 ? 1 : 0)), start_us: column((i) => i * 100),
    dur_max_us: column((i) => i), dur_sum_us: column((i) => i), size_last: column((i) => i),
    changes: column(() => 1) } };
}

test('a short history is fetched once; coarser cells lose no step and no error', async () => {
  let requests = 0;
  const timeline = new Timeline(async () => {
    requests++;
    return timelineReply(0, 0, 1300);
  }, () => {});
  await timeline.open(1300);
  for (const lod of [0, 1, 4, 9, 11]) {
    let steps = 0;
    let errors = 0;
    timeline.cells(lod, 0, 1299, (tile, i) => {
      steps += tile.steps[i];
      errors += tile.errors[i];
    });
    assert.deepEqual([lod, steps, errors], [lod, 1300, 1]);
  }
  assert.equal(timeline.row(3)?.failed, true);
  assert.equal(timeline.row(1300), null);
  assert.equal(requests, 1);
});

test('a step that ends is in every cell above it', async () => {
  const timeline = new Timeline(async () => timelineReply(0, 0, 512), () => {});
  await timeline.open(512);
  timeline.cells(3, 0, 511, () => {});
  timeline.append(row(512, { action: 'new', failed: true }));
  timeline.append(row(513, { action: 'new' }));
  assert.equal(timeline.row(513)?.action, 'new');
  let [steps, errors] = [0, 0];
  timeline.cells(3, 0, 513, (tile, i) => {
    steps += tile.steps[i];
    errors += tile.errors[i];
  });
  assert.deepEqual([steps, errors], [514, 2]);
});

test('a reply that is late takes away no step that was told meanwhile, and counts none twice', async () => {
  const replies = [timelineReply(0, 0, 10), timelineReply(0, 0, 12), timelineReply(0, 0, 20)];
  const timeline = new Timeline(async () => replies.shift(), () => {});
  await timeline.open(10);
  for (let step = 10; step < 15; step++) timeline.append(row(step));
  timeline.cells(2, 0, 14, () => {});
  await timeline.open(15);
  const counts = (lod, last) => {
    const found = [];
    timeline.cells(lod, 0, last, (tile, i) => found.push(tile.steps[i]));
    return found;
  };
  assert.deepEqual(counts(0, 14), Array(15).fill(1));
  assert.deepEqual(counts(2, 14), [4, 4, 4, 3]);
  await timeline.open(20);
  for (let step = 15; step < 21; step++) timeline.append(row(step));
  assert.deepEqual(counts(0, 20), Array(21).fill(1));
  assert.deepEqual(counts(2, 20), [4, 4, 4, 4, 4, 1]);
});

test('the number of an action is its own, in whatever order replies and steps name it', async () => {
  const timeline = new Timeline(async () => timelineReply(0, 0, 2), () => {});
  timeline.append(row(0, { action: 'b' }));
  await timeline.open(2);
  timeline.append(row(2, { action: 'c' }));
  assert.deepEqual([0, 1, 2].map((step) => timeline.row(step)?.action), ['a', 'b', 'c']);
});

test('a long history is drawn from coarser cells until finer ones have come', async () => {
  const asked = [];
  const timeline = new Timeline(async (query) => {
    if (query.cells) return timelineReply(9, 0, 1_000_000);
    asked.push(query);
    return new Promise(() => {});
  }, () => {});
  await timeline.open(1_000_000);
  let cells = 0;
  timeline.cells(0, 5000, 5600, (tile) => {
    assert.equal(tile.lod, 9);
    cells++;
  });
  assert.ok(cells >= 2);
  assert.deepEqual(asked, [{ lod: 0, tile: 9 }, { lod: 0, tile: 10 }]);
});

const course = (more) => ({ first: 0, last: 9, loop: false, speed: 4,
  start: (step) => [0, 1e6, 9e6, 9.5e6][step] ?? null, ...more });

test('playback keeps its speed whatever the frames are', () => {
  let at = { step: 0, carry: 0 };
  for (let i = 0; i < 100; i++) at = advance(at, 16.7, course({ last: 100 }));
  assert.equal(at.step, 6);
  assert.deepEqual(advance({ step: 8, carry: 0 }, 5000, course()),
    { step: 9, carry: 0, ended: true });
  const looped = advance({ step: 8, carry: 0 }, 1000, course({ loop: true }));
  assert.deepEqual([looped.step, looped.ended], [2, false]);
});

test("in live cadence the run's own pauses are kept, up to two seconds", () => {
  const live = course({ speed: 'live' });
  assert.equal(advance({ step: 0, carry: 0 }, 900, live).step, 0);
  assert.equal(advance({ step: 0, carry: 0 }, 1100, live).step, 1);
  assert.equal(advance({ step: 1, carry: 0 }, 2100, live).step, 2);
  assert.deepEqual([nextSpeed(4, 1), nextSpeed(64, 1), nextSpeed('live', -1)], [8, 64, 0.5]);
});

/** A live connection whose browser is this test. */
function connection() {
  const world = { now: 0, reachable: true, states: [], events: [], sources: [] };
  const live = new Live('/stream', {
    connect: () => {
      const source = { readyState: 1, listeners: {}, close() {},
        addEventListener(type, listener) { this.listeners[type] = listener; } };
      world.sources.push(source);
      return source;
    },
    ping: async () => {
      if (!world.reachable) throw new Error('away');
    },
    now: () => world.now,
  }, (type, data, exact) => world.events.push([type, data, exact]),
  (state) => world.states.push(state));
  live.open();
  return { live, world };
}

test('a connection that fell silent is seen within three seconds, and its return too', async () => {
  const { live, world } = connection();
  world.sources[0].onopen();
  world.now = 1900;
  await live.check();
  assert.deepEqual(world.states, ['live']);
  world.reachable = false;
  world.now = 2400;
  await live.check();
  assert.deepEqual(world.states, ['live', 'stale']);
  world.reachable = true;
  world.sources[0].readyState = 2;
  await live.check();
  world.sources[1].onopen();
  assert.deepEqual(world.states, ['live', 'stale', 'live']);
});

test('what a step changed stays exact on its way through the stream', () => {
  const { world } = connection();
  world.sources[0].listeners['step.end']({ data:
    '{"app":"a","step":3,"delta":[{"op":"replace","path":"/n","value":9007199254740993}]}' });
  const [type, data, exact] = world.events[0];
  assert.deepEqual([type, data], ['step.end', { app: 'a', step: 3 }]);
  assert.match(stringify(exact.get('delta')), /9007199254740993/);
});

test('a write of a path is one of it, above it, below it, or one that moves it', () => {
  const before = parse('{"a":[1,2],"b":{"c":1}}');
  const at = (op, path) => [{ op, path }];
  for (const [patch, path, yes] of [[at('replace', '/b/c'), '/b', true],
    [at('replace', '/b'), '/b/c', true], [at('replace', '/b/d'), '/b/c', false],
    [at('add', '/a/-'), '/a/2', true], [at('add', '/a/-'), '/a/1', false],
    [at('remove', '/a/0'), '/a/1', true], [at('replace', '/a/0'), '/a/1', false]]) {
    assert.equal(writes(patch, path, before), yes, `${JSON.stringify(patch)} ${path}`);
  }
});

test('a pinned path becomes a lane: numbers a line, words bands', () => {
  const numbers = lane([counting(0, 9)], '/n', [0, 9]);
  assert.deepEqual([numbers.kind, numbers.low, numbers.high, numbers.runs.length],
    ['number', 1, 10, 10]);
  const still = lane([counting(0, 9), counting(10, 19)], '/s/x', [0, 19]);
  assert.deepEqual(still.runs.map(({ from, to }) => [from, to]), [[0, 19]]);
  assert.equal(lane([counting(0, 9)], '/s', [0, 9]).kind, 'changes');
});

test('forks and sub-applications stand under their parents, in any order of the rest', () => {
  const app = (id, more) => ({ app: id, status: 'ok', partition_key: null,
    last_written: '2026-01-01T00:00:00Z', parent: null, spawning_parent: null, ...more });
  const rows = [app('b'), app('c', { parent: { app: 'b', step: 3 } }), app('a'),
    app('d', { spawning_parent: { app: 'c', step: 0 }, status: 'failed' }),
    app('x', { parent: { app: 'y' } }), app('y', { parent: { app: 'x' } })];
  const wanted = { text: '', status: '', partition: '', tag: '', tags: new Map(),
    closed: new Set(), since: null };
  const byName = { sort: (list) => [...list].sort((p, q) => (p.app < q.app ? -1 : 1)) };
  const show = (more) => arrange(rows, { ...wanted, ...more }, byName)
    .places.map(({ item, depth }) => `${'-'.repeat(depth)}${item.app}`);
  assert.deepEqual(show(), ['a', 'b', '-c', '--d', 'x', '-y']);
  assert.deepEqual(show({ closed: new Set(['b']) }), ['a', 'b', 'x', '-y']);
  assert.deepEqual(show({ status: 'failed' }), ['d']);
  assert.deepEqual(show({ tag: 'good', tags: new Map([['a', new Set(['good'])]]) }), ['a']);
});

test('tokens are counted by their old and their current names', () => {
  const calls = new Calls();
  const attribute = (step, span, key, value) => calls.add({ step,
    data: { span_id: span, key, value } });
  attribute(1, 's1', 'gen_ai.usage.input_tokens', 1000);
  attribute(1, 's1', 'gen_ai.usage.output_tokens', 100);
  attribute(1, 's1', 'gen_ai.response.model', 'gpt-4o-mini-2024');
  attribute(2, 's1', 'gen_ai.usage.prompt_tokens', 10);
  attribute(2, 's1', 'gen_ai.usage.completion_tokens', 20);
  attribute(2, 's1', 'gen_ai.request.model', 'mine');
  attribute(3, null, 'other', 1);
  const list = calls.list();
  assert.equal(list.length, 2);
  assert.equal(cost(list[0], PRICES)?.toFixed(6), '0.000210');
  assert.deepEqual(sums(list, PRICES).map(({ model, calls: n, cost: c }) => [model, n, c === null]),
    [['gpt-4o-mini-2024', 1, false], ['mine', 1, true]]);
});

test('spans are nested by their parents, and streams say how fast they were', () => {
  const events = [
    { type: 'span.begin', data: { span_id: '0', span_name: 'out', start_time: '2026-01-01T00:00:00Z' } },
    { type: 'span.begin', data: { span_id: '0.0', parent_span_id: '0', span_name: 'in',
      start_time: '2026-01-01T00:00:01Z' } },
    { type: 'span.end', data: { span_id: '0', end_time: '2026-01-01T00:00:02Z' } },
    { type: 'attribute', data: { span_id: '0.0', key: 'k', value: 1 } },
    { type: 'attribute', data: { span_id: null, key: 'own', value: 2 } },
    { type: 'stream.first', data: { stream_init_time: '2026-01-01T00:00:00Z',
      first_item_time: '2026-01-01T00:00:00.5Z' } },
    { type: 'stream.end', data: { end_time: '2026-01-01T00:00:02.5Z', items_streamed: 10 } },
  ];
  const { spans, attributes, streams } = trace(events);
  assert.deepEqual(spans.map(({ name, depth, end }) => [name, depth, end === null]),
    [['out', 0, false], ['in', 1, true]]);
  assert.deepEqual(attributes, [{ key: 'own', value: 2 }]);
  assert.deepEqual(streamed(streams), { delay: 500_000, items: 10, each: 200_000 });
});

test('annotations become CSV that spreadsheets read', () => {
  const text = csv([{ id: 0, app_id: 'a', partition_key: null, step_sequence_id: 2,
    step_name: 'x', tags: ['b', 'c'], updated: 't', observations: [{ data_fields: {
      note: 'he said "no",\nthen left' }, thumbs_up_thumbs_down: false,
    data_pointers: [{ type: 'state_field', field_name: 'f', span_id: null }] }] }]);
  assert.equal(text.split('\r\n')[1],
    '0,a,,2,x,b c,f,down,"he said ""no"",\nthen left",,t');
});

test('steps that came before the stream began are counted with those it tells of', async () => {
  const about = (head) => ({ g: 'g', first: 0, head: { step: head }, running: null, actions: [] });
  const replies = [];
  globalThis.requestAnimationFrame = () => 1;
  globalThis.cancelAnimationFrame = () => {};
  globalThis.fetch = async (address) => {
    const reply = await new Promise((resolve) => replies.push([String(address), resolve]));
    return new Response(JSON.stringify(reply), { headers: { 'content-type': 'application/json' } });
  };
  const session = new Session('p', 'a', { step: '0' });
  session.learn(about(0));
  session.left = 0;
  const ends = (step) => take(session, 'step.end',
    { step, action: 'a', status: 'ok', start: '2026-01-01T00:00:00Z', duration_us: 1 }, new Map());
  take(session, 'head', { g: 'g', head: 50, status: 'running' }, new Map());
  for (let step = 51; step <= 100; step++) ends(step);
  const asked = [];
  while (asked.length < 4) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const [address, resolve] of replies.splice(0)) {
      asked.push(address);
      resolve(address.includes('timeline') ? timelineReply(0, 0, 101) : about(100));
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(session.behind, 100);
  assert.equal(session.timeline.row(20)?.action, 'a');
  ends(101);
  assert.deepEqual([session.behind, session.head], [101, 101]);
  session.toHead();
  assert.deepEqual([session.behind, session.step], [0, 101]);
  session.stop();
});

test('the step that wrote a value is known where it is in memory, and not made up', () => {
  const deltas = {
    2: '[{"op":"replace","path":"/n","value":5}]', 4: '[{"op":"add","path":"/l/-","value":"b"}]',
    6: '[{"op":"replace","path":"/l/0","value":"A"}]', 7: '[{"op":"remove","path":"/n"}]' };
  const window = counting(0, 9, { keyframe: parse('{"n":1,"l":["a"]}'),
    deltas: Array.from({ length: 10 }, (_, step) => parse(deltas[step] ?? '[]')) });
  const session = { windows: new WindowStore(async () => window, () => {}), first: 0 };
  session.windows.put(window);
  assert.equal(writer(session, '/n', 1), null);
  assert.equal(writer(session, '/n', 5), 2);
  assert.equal(writer(session, '/n', 9), 7);
  assert.equal(writer(session, '/l', 9), 6);
  assert.equal(elementWriter(session, '/l', 9, 1), 4);
  assert.equal(elementWriter(session, '/l', 9, 0), 6);
  assert.equal(elementWriter(session, '/l', 5, 0), null);
  assert.deepEqual([...trail(session, 8)],
    [['/n', 1], ['/l/0', 2], ['/l', 2], ['/l/-', 4]]);
});

test('a write at the edge of a window is seen from the next one', () => {
  const windows = [counting(0, 9), counting(10, 19, { keyframe: parse('{"n":10,"s":{"x":1}}'),
    deltas: Array.from({ length: 10 }, () => []) })];
  const session = { windows: new WindowStore(async () => windows[0], () => {}), first: 0 };
  windows.forEach((window) => session.windows.put(window));
  assert.equal(writer(session, '/n', 15), 9);
  assert.equal(writer(session, '/s/x', 15), null);
});
