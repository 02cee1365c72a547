// What the page's modules promise that need no browser: values, patches, differences, names.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Num, elided, equal, parse, parseSlowly, plain, stringify }
  from '../../Sources/CPage/page/core/json.js';
import { get, related, split, step } from '../../Sources/CPage/page/core/pointer.js';
import { apply, operations } from '../../Sources/CPage/page/core/patch.js';
import { children, count, words } from '../../Sources/CPage/page/core/diff.js';
import { appPath, isRef, local, route } from '../../Sources/CPage/page/core/refs.js';
import { flatten, preview, search } from '../../Sources/CPage/page/core/tree.js';
import { parseFilter } from '../../Sources/CPage/page/core/filter.js';
import { ago, bytes, duration, micros } from '../../Sources/CPage/page/core/format.js';
import { conversations, folded, message } from '../../Sources/CPage/page/core/messages.js';
import { markdown } from '../../Sources/CPage/page/core/markdown.js';
import { idle, stepScale, ticks, timeScale, timeUnit } from '../../Sources/CPage/page/core/scale.js';

const patched = (value, patch) => stringify(apply(parse(value), operations(parse(patch))));
const shape = (before, after) => children(parse(before), parse(after))
  .map(({ part, change }) => `${part} ${change}`);

test('numbers keep their digits and objects the order of their keys', () => {
  for (const text of ['1180591620717411303424', '1.0', '-0', '1e400', '0.1', '12', '1E+2',
    '{"b":1,"a":2,"1":3}', '{"__proto__":null}', '"\\u00e9\\n\\"\\\\"', '[[],{},""]']) {
    const round = stringify(parse(text));
    assert.equal(text.startsWith('"\\u') ? JSON.stringify(JSON.parse(text)) : text, round);
  }
  assert.ok(parse('9007199254740993') instanceof Num);
  assert.equal(typeof parse('9007199254740991'), 'number');
});

test('what is no JSON is refused with its place', () => {
  for (const text of ['', '{', '[1,]', '{"a"}', 'tru', '"a', '1 2', '{"a":1,}', '01']) {
    assert.throws(() => parse(text), SyntaxError, text);
  }
});

test('equal means equal text', () => {
  assert.ok(equal(parse('{"a":[1,null]}'), parse('{"a":[1,null]}')));
  assert.ok(!equal(parse('1'), parse('1.0')));
  assert.ok(!equal(parse('null'), undefined));
  assert.ok(!equal(parse('{"a":1}'), parse('{"b":1}')));
});

test('an elided value says what it stands for', () => {
  assert.equal(elided(parse('{"$elided":{"kind":"array","bytes":9,"href":"/x"}}'))?.bytes, 9);
  assert.equal(elided(parse('{"$elided":1,"other":2}')), null);
});

test('pointers follow RFC 6901', () => {
  const value = parse('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8," ":7}');
  for (const [pointer, text] of [['/foo/0', '"bar"'], ['/', '0'], ['/a~1b', '1'], ['/c%d', '2'],
    ['/m~0n', '8'], ['/ ', '7'], ['/foo/-1', '"baz"']]) {
    assert.equal(stringify(get(value, pointer)), text, pointer);
  }
  assert.equal(get(value, '/foo/2'), undefined);
  assert.equal(get(value, '/foo/00'), undefined);
  assert.deepEqual(split('/a~1b/~01'), ['a/b', '~1']);
  assert.equal(step('a/~b'), '/a~1~0b');
  assert.ok(related('/a', '/a/b') && !related('/a', '/ab'));
});

test('patches follow appendix A of RFC 6902', () => {
  for (const [value, patch, result] of [
    ['{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'],
    ['{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]',
      '{"foo":["bar","qux","baz"]}'],
    ['{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
    ['{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'],
    ['{"baz":"qux"}', '[{"op":"replace","path":"/baz","value":"boo"}]', '{"baz":"boo"}'],
    ['{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
      '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
      '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}'],
    ['{"foo":["all","grass","cows","eat"]}', '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
      '{"foo":["all","cows","eat","grass"]}'],
    ['{"baz":"qux","foo":["a",2,"c"]}', '[{"op":"test","path":"/baz","value":"qux"},'
      + '{"op":"test","path":"/foo/1","value":2}]', '{"baz":"qux","foo":["a",2,"c"]}'],
    ['{"foo":"bar"}', '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
      '{"foo":"bar","child":{"grandchild":{}}}'],
    ['{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
      '{"foo":["bar",["abc","def"]]}'],
    ['{"a":1}', '[{"op":"replace","path":"","value":null}]', 'null'],
    ['{"t":"ab"}', '[{"op":"str-append","path":"/t","value":"cd"}]', '{"t":"abcd"}'],
  ]) assert.equal(patched(value, patch), result);
  for (const [value, patch] of [
    ['{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]'],
    ['{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]'],
    ['{"a":[]}', '[{"op":"remove","path":"/a/0"}]'], ['{}', '[{"op":"replace","path":"/a"}]'],
    ['{"a":1}', '[{"op":"str-append","path":"/a","value":"b"}]'],
  ]) assert.throws(() => patched(value, patch), Error, patch);
});

test('a patch leaves the value before as it was and shares what did not change', () => {
  const before = parse('{"a":{"x":1},"b":[{"y":2},{"z":3}]}');
  const text = stringify(before);
  const after = apply(before, operations(parse(
    '[{"op":"replace","path":"/b/1/z","value":4},{"op":"add","path":"/b/-","value":5}]')));
  assert.equal(stringify(before), text);
  assert.equal(stringify(after), '{"a":{"x":1},"b":[{"y":2},{"z":4},5]}');
  assert.equal(after.get('a'), before.get('a'));
  assert.equal(after.get('b')[0], before.get('b')[0]);
});

test('random patches give what the values say', () => {
  let seed = 7;
  const random = (n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  const value = (depth) => {
    const kind = random(depth > 2 ? 3 : 5);
    if (kind === 3) return Array.from({ length: random(4) }, () => value(depth + 1));
    if (kind === 4) {
      return Object.fromEntries(Array.from({ length: random(4) },
        (_, i) => ['k' + (i + random(3)), value(depth + 1)]));
    }
    return [random(100), null, 'w' + random(9)][kind];
  };
  for (let round = 0; round < 300; round++) {
    const [a, b] = [value(0), value(0)].map((each) => parse(JSON.stringify(each)));
    const patch = [];
    const visit = (x, y, path) => {
      for (const { part, before, after, change } of [...children(x, y)].reverse()) {
        const own = path + step(part);
        if (change === 'removed') patch.push({ op: 'remove', path: own });
        else if (change === 'changed') patch.push({ op: 'replace', path: own, value: after });
        else if (change === 'added' && x instanceof Map) {
          patch.push({ op: 'add', path: own, value: after });
        }
      }
      if (Array.isArray(x)) {
        for (const { part, after, change } of children(x, y)) {
          if (change === 'added') patch.push({ op: 'add', path: path + step(part), value: after });
        }
      }
    };
    const same = Array.isArray(a) === Array.isArray(b) && (a instanceof Map) === (b instanceof Map)
      && a !== null && typeof a === 'object';
    if (same) visit(a, b, '');
    else patch.push({ op: 'replace', path: '', value: b });
    const sorted = (each) => JSON.stringify(plain(each), (_, item) =>
      (item && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort()) : item));
    assert.equal(sorted(apply(a, patch)), sorted(b));
  }
});

test('removed keys and elements are seen, list indexes kept, null is a value', () => {
  assert.deepEqual(shape('{"a":1,"b":2}', '{"a":1}'), ['a same', 'b removed']);
  assert.deepEqual(shape('{"a":1,"gone":2,"c":3}', '{"a":1,"c":3}'),
    ['a same', 'gone removed', 'c same']);
  assert.deepEqual(shape('[1,2,3]', '[1,2]'), ['0 same', '1 same', '2 removed']);
  assert.deepEqual(shape('[1,2,3]', '[1,2,9]'), ['0 same', '1 same', '2 changed']);
  assert.deepEqual(shape('{"a":1}', '{"a":null}'), ['a changed']);
  assert.deepEqual(shape('{"a":null}', '{}'), ['a removed']);
  assert.deepEqual(shape('[{"a":1}]', '[null]'), ['0 changed']);
  assert.deepEqual(shape('{"a":[1]}', '{"a":{"0":1}}'), ['a changed']);
  assert.deepEqual(shape('["x","a","b"]', '["a","b"]'), ['0 removed', '0 same', '1 same']);
  assert.deepEqual(count(parse('{"a":[1,2],"b":{"c":1}}'), parse('{"a":[1],"b":{"c":2,"d":1}}')),
    { added: 1, removed: 1, changed: 1, moved: 0 });
});

test('a long text is read in slices, and gives the same', async () => {
  const text = JSON.stringify(Array.from({ length: 3000 }, (_, i) =>
    ({ i, 'a\n': [[], {}, null, 1.5, `"${i}"`], o: { p: {} } })));
  let clock = 0;
  let rests = 0;
  const value = await parseSlowly(text, async () => { rests++; }, () => clock++);
  assert.equal(stringify(value), text);
  assert.ok(rests > 5);
  await assert.rejects(parseSlowly(text, async () => { throw new Error('in vain'); },
    () => clock++), /in vain/);
  for (const wrong of ['', '[', '{"a"}', '{"a":}', '[1 2]', '[1,]', '{"a":1,}', '1 2', '{1:2}',
    '[}', '"', 'tru', '[1}']) {
    assert.throws(() => parse(wrong), SyntaxError, wrong);
    await assert.rejects(parseSlowly(wrong, async () => {}), SyntaxError, wrong);
  }
  assert.equal(parse('['.repeat(50_000) + ']'.repeat(50_000)).length, 1);
});

test('elements are moved where they say what they are called, and only those that moved', () => {
  const list = (...ids) => `[${ids.map((id) => `{"id":"${id}"}`).join()}]`;
  const moves = (before, after) => children(parse(before), parse(after))
    .map(({ part, change, from }) => `${part} ${change}${from === undefined ? '' : ` ${from}`}`);
  assert.deepEqual(moves(list('a', 'b', 'c', 'd'), list('d', 'a', 'b', 'c')),
    ['0 moved 3', '1 same', '2 same', '3 same']);
  assert.deepEqual(moves(list('a', 'b', 'c'), list('c', 'x', 'a')),
    ['0 moved 2', '1 added', '2 same', '1 removed']);
  assert.deepEqual(moves('[{"id":1,"n":1},{"id":2}]', '[{"id":2},{"id":1,"n":2}]'),
    ['0 moved 1', '1 changed']);
  // Without names, or with the same name twice, by position.
  assert.deepEqual(moves('["a","b"]', '["b","a"]'), ['0 changed', '1 changed']);
  assert.deepEqual(moves(list('b', 'b', 'a'), list('a', 'b', 'b')),
    ['0 changed', '1 same', '2 changed']);
  assert.deepEqual(moves(list('a', 'b'), list('c', 'd')), ['0 changed', '1 changed']);
  assert.equal(count(parse(list('a', 'b')), parse(list('b', 'a'))).moved, 1);
});

test('of two orders, applied to the old list, what is told leads to the new one', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const some = () => Array.from({ length: 8 }, (_, i) => i).filter(() => random(4))
    .sort(() => random(3) - 1);
  for (let round = 0; round < 500; round++) {
    const [before, after] = [some(), some()];
    const text = (/** @type {number[]} */ ids) => parse(JSON.stringify(ids.map((id) => ({ id }))));
    const rows = children(text(before), text(after));
    const seen = rows.filter(({ change }) => change !== 'removed');
    assert.deepEqual(seen.map((row) => plain(row.after.get('id'))), after);
    assert.deepEqual(seen.map(({ part }) => part), after.map((_, i) => i));
    for (const row of rows) {
      if (row.change === 'removed') assert.equal(before[row.part], plain(row.before.get('id')));
    }
  }
});

test('the results of tools stand beneath their calls', () => {
  const rows = parse(`[{"role":"user","content":"?"},
    {"role":"assistant","content":"","tool_calls":[{"id":"1","function":{"name":"f"}},
      {"id":"2","function":{"name":"g"}}]},
    {"role":"tool","tool_call_id":"2","content":"two"},
    {"role":"tool","tool_call_id":"9","content":"of nobody"},
    {"role":"tool","tool_call_id":"1","content":"one"}]`).map((after) => ({ after }));
  const list = folded(rows);
  assert.deepEqual(list.map(({ row }) => rows.indexOf(row)), [0, 1, 3]);
  assert.deepEqual([...list[1].answers].map(([id, row]) => [id, rows.indexOf(row)]),
    [['2', 2], ['1', 4]]);
});

test('texts differ by words', () => {
  assert.deepEqual(words('the cat sat', 'the dog sat'), [
    { text: 'the ', change: 'same' }, { text: 'cat', change: 'removed' },
    { text: 'dog', change: 'added' }, { text: ' sat', change: 'same' }]);
  assert.equal(words('x'.repeat(70000), ''), null);
});

test('the tree opens what is open, hides inner keys, pages long lists from the end', () => {
  const options = (more) => ({ open: new Set(['/list']), closed: new Set(), changedOnly: false,
    internal: false, more: new Map(), ...more });
  const value = parse(`{"__SEQUENCE_ID":1,"list":[${Array(250).fill(0).join()}],"a":{"b":1}}`);
  const rows = flatten(value, value, options());
  assert.deepEqual(rows.slice(0, 3).map(({ path, hidden }) => [path, hidden]),
    [['/list', 0], ['/list', 150], ['/list/150', 0]]);
  assert.equal(rows.at(-1).path, '/a');
  assert.equal(flatten(value, value, options({ internal: true }))[0].path, '/__SEQUENCE_ID');
  const changed = flatten(parse('{"a":{"b":1,"c":2},"d":1}'), parse('{"a":{"b":2},"d":1}'),
    options({ changedOnly: true }));
  assert.deepEqual(changed.map(({ path, change }) => [path, change]),
    [['/a', 'changed'], ['/a/b', 'changed'], ['/a/c', 'removed']]);
  assert.deepEqual(search(changed, 'c'), [2]);
  assert.equal(preview(parse('{"a":[1,2],"b":{}}')), '{a: [2], b: {0}}');
});

test('refs are known by their form, and resolved here where that needs no server', () => {
  for (const ref of ['42', '42.1', '-1', 'head', 'first', 'err', 'err-2', 't:-5m', 'mark:a b',
    't:2026-08-22T10:00:00Z', '42@0192f0']) assert.ok(isRef(ref), ref);
  for (const text of ['', 'x', '4 2', '--1', 'mark:']) assert.ok(!isRef(text), text);
  assert.deepEqual(['7', '-2', 'head', 'first', 'err'].map((ref) => local(ref, 3, 9)),
    [7, 7, 9, 3, null]);
});

test('an address and what it shows are the same thing', () => {
  const path = appPath('my/pro ject', 'a?b', { step: '42', base: '41', path: '/chat_history/85',
    view: 'diff', win: [0, 9999], focus: [5, 9], axis: 'time', pins: ['/a', '/b~1c'],
    q: 'status:failed', side: 'notes' });
  const at = new URL(path, 'http://x');
  const to = route(at.pathname, at.search);
  assert.equal(to.name, 'app');
  assert.deepEqual([to.project, to.app], ['my/pro ject', 'a?b']);
  assert.deepEqual(to.view, { step: '42', base: '41', path: '/chat_history/85', view: 'diff',
    win: [0, 9999], focus: [5, 9], axis: 'time', pins: ['/a', '/b~1c'], q: 'status:failed',
    side: 'notes' });
  assert.equal(appPath('p', 'a', { view: 'state', side: 'step' }), '/p/p/a/a');
  assert.equal(route('/p/x/a/y', '').view.step, null);
});

test("Burr's own addresses lead to the right step", () => {
  const place = encodeURIComponent(JSON.stringify({ appId: 'other', partitionKey: null,
    sequenceId: 7 }));
  const to = route('/project/demo/null/app-1', `?sequence_location=${place}`);
  assert.deepEqual([to.name, to.project, to.app, to.view.step], ['app', 'demo', 'other', '7']);
  assert.equal(route('/project/demo/null/app-1', '?sequence_location=%7B').app, 'app-1');
  assert.equal(route('/project/demo/null/app-1', '?sequence_id=3').view.step, '3');
  assert.equal(route('/project/demo/user', '').query.get('partition'), 'user');
  assert.deepEqual(route('/projects', ''), { name: 'projects' });
  assert.deepEqual(route('/annotations/demo/', ''), { name: 'notes', project: 'demo' });
  assert.equal(route('/p/%E0%A4%A/a/x', '').name, 'unknown');
});

test('a filter is read as it is meant, or says what it does not understand', () => {
  const read = (text) => parseFilter(text, ['prompt', 'ai_response'], ['answer', 'chat']);
  assert.deepEqual(read('ai >1.5s failed').filter,
    { action: 'ai_response', min_ms: 1500, status: 'failed' });
  assert.deepEqual(read('action:prompt touches:/answer').filter,
    { action: 'prompt', touches: '/answer' });
  assert.match(read('nothing').problem, /No action/);
  assert.match(read('status:odd').problem, /ok, failed/);
  assert.match(read('action:').problem, /missing/);
});

test('sizes and times read well', () => {
  assert.deepEqual([0, 999, 1000, 12345, 9.9e6].map(bytes),
    ['0 B', '999 B', '1.0 kB', '12 kB', '9.9 MB']);
  assert.deepEqual([12, 1500, 250000, 1.5e6, 9e7, 3.7e9].map(duration),
    ['12 \u00b5s', '1.5 ms', '250 ms', '1.50 s', '1 min 30 s', '1 h 1 min']);
  assert.equal(micros('2026-08-22T10:31:07.412345Z'), 1787394667412345);
  assert.equal(micros('2026-08-22T10:31:07'), 1787394667000000);
  assert.equal(micros('nonsense'), null);
  assert.equal(ago(0, 90e6), '1 min ago');
});

test('conversations are found by their shape', () => {
  const state = parse('{"x":[1],"chat":[{"role":"user","content":"hi"}],"deep":{"log":'
    + '[{"type":"ai","content":[{"type":"text","text":"a"},{"type":"image_url"}],"tool_calls":'
    + '[{"id":"1","function":{"name":"f","arguments":"{}"}}]}]}}');
  assert.deepEqual(conversations(state), ['/chat', '/deep/log']);
  const { role, text, calls } = message(get(state, '/deep/log/0'));
  assert.deepEqual([role, text, calls], ['ai', 'a\n\n[image]',
    [{ name: 'f', id: '1', text: '{}' }]]);
});

test('Markdown becomes a tree without HTML or foreign addresses', () => {
  const blocks = markdown('# T\n\na **b** `c`\n\n- x\n- y\n\n```js\n<b>\n```\n'
    + '<script>alert(1)</script> [l](javascript:x) [m](https://e.org)');
  assert.deepEqual(blocks.map(({ kind }) => kind), ['h', 'p', 'ul', 'pre', 'p']);
  assert.equal(blocks[3].text, '<b>');
  const last = blocks[4].lines[0];
  assert.equal(last[0].text, '<script>alert(1)</script> ');
  assert.deepEqual(last.filter(({ kind }) => kind === 'link').map(({ href }) => href),
    ['https://e.org']);
});

test('both scales lead from steps to pixels and back', () => {
  const steps = stepScale(100, 199, 1000);
  assert.deepEqual([steps.x(100), steps.x(150), steps.step(500), steps.step(5000)],
    [0, 500, 150, 199]);
  const knots = [{ step: 0, start: 0, busy: 10 }, { step: 1, start: 10, busy: 10 },
    { step: 2, start: 1_000_000, busy: 10 }];
  const time = timeScale(knots, 2, 1_000_010, 1000, false);
  assert.ok(time.x(2) > 990 && time.step(500) === 1);
  const short = timeScale(knots, 2, 1_000_010, 1000, true);
  assert.equal(short.breaks.length, 1);
  for (const step of [0, 1, 2]) assert.equal(short.step(short.x(step) + 0.001), step);
  assert.ok(idle(knots, 1_000_010) > 0.99);
  assert.deepEqual(ticks(0, 100, 5), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual([3, 450, 7e5, 61e6, 3.7e9, 90_000e6].map(timeUnit),
    [5, 500, 1e6, 120e6, 7200e6, 2 * 86_400e6]);
});
