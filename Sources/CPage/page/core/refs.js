// How a point in history is named, and the links that hold such names.

const REF = /^(?:\d+(?:\.\d+)?|-\d+|head|first|fork|err(?:-\d+)?|t:\S.*|mark:.+)(?:@[0-9a-f]+)?$/;

/** What all paths of this server begin with. */
let base = '';

/** @param {string} path  '' or '/burr' */
export function setBase(path) {
  base = path.replace(/\/$/, '');
}

/**
 * A path of this server.
 * @param {string} path
 */
export function own(path) {
  return base + path;
}

/**
 * Whether a text could name a point in history.
 * @param {string} text
 */
export function isRef(text) {
  return REF.test(text.trim());
}

/**
 * The step of a ref that needs nothing but the first step and the head; null where the server
 * has to say.
 * @param {string} text
 * @param {number} first
 * @param {number} head
 * @returns {number | null}
 */
export function local(text, first, head) {
  const ref = text.trim();
  if (/^\d+$/.test(ref)) return Number(ref);
  if (/^-\d+$/.test(ref)) return head + Number(ref);
  if (ref === 'head') return head;
  if (ref === 'first') return first;
  return null;
}

/** @typedef {{name: 'projects'}} ProjectsRoute */
/** @typedef {{name: 'apps', project: string, query: URLSearchParams}} AppsRoute */
/** @typedef {{name: 'notes', project: string}} NotesRoute */
/**
 * @typedef {object} View  What a link to an application says
 * @property {string | null} step   A ref; null follows the head
 * @property {string | null} base
 * @property {string | null} path
 * @property {string | null} view
 * @property {string | null} side   The pane on the right
 * @property {[number, number] | null} win
 * @property {[number, number] | null} focus
 * @property {'step' | 'time'} axis
 * @property {string[]} pins
 * @property {string | null} q
 */
/** @typedef {{name: 'app', project: string, app: string, view: View}} AppRoute */
/** @typedef {{name: 'unknown', path: string}} UnknownRoute */
/** @typedef {ProjectsRoute | AppsRoute | NotesRoute | AppRoute | UnknownRoute} Route */

/** @param {string | null} text @returns {[number, number] | null} */
function range(text) {
  const match = /^(\d+)\.\.(\d+)$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : null;
}

const VIEWS = ['state', 'diff', 'sides', 'chat', 'raw'];
const SIDES = ['step', 'code', 'notes', 'insights', 'reproduce'];

/** @param {string[]} known @param {string | null} name */
function one(known, name) {
  return name !== null && known.includes(name) ? name : null;
}

/** @param {string | null} text  A JSON Pointer, or what somebody has made of it */
function pointer(text) {
  return text && text[0] !== '/' ? `/${text}` : text;
}

/** @param {URLSearchParams} query @returns {View} */
function view(query) {
  return {
    step: query.get('step') || null,
    base: query.get('base') || null,
    path: pointer(query.get('path')),
    view: one(VIEWS, query.get('view')),
    side: one(SIDES, query.get('side')),
    win: range(query.get('win')),
    focus: range(query.get('focus')),
    axis: query.get('axis') === 'time' ? 'time' : 'step',
    pins: query.getAll('pin').filter(Boolean).map((pin) => pointer(pin) ?? ''),
    q: query.get('q'),
  };
}

/**
 * Where an address leads. Burr's own addresses lead to the same things here.
 * @param {string} path
 * @param {string} search
 * @returns {Route}
 */
export function route(path, search) {
  if (base && (path === base || path.startsWith(base + '/'))) path = path.slice(base.length);
  const query = new URLSearchParams(search);
  let parts;
  try {
    parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return { name: 'unknown', path };
  }
  const [top, project, word, app] = parts;
  if (!top || (top === 'projects' && parts.length === 1)) return { name: 'projects' };
  if (top === 'annotations' && project) return { name: 'notes', project };
  if (top === 'p' && project) {
    if (parts.length === 2) return { name: 'apps', project, query };
    if (word === 'notes' && parts.length === 3) return { name: 'notes', project };
    if (word === 'a' && parts.length === 4) {
      return { name: 'app', project, app, view: view(query) };
    }
  }
  if (top === 'project' && project) return burr(parts, query);
  return { name: 'unknown', path };
}

/** @param {string[]} parts @param {URLSearchParams} query @returns {Route} */
function burr([, project, partition, app], query) {
  if (app === undefined) {
    const some = new URLSearchParams();
    if (partition && partition !== 'null') some.set('partition', partition);
    return { name: 'apps', project, query: some };
  }
  const what = view(new URLSearchParams());
  let id = app;
  try {
    const place = JSON.parse(query.get('sequence_location') ?? 'null');
    if (Number.isInteger(place?.sequenceId)) what.step = String(place.sequenceId);
    if (typeof place?.appId === 'string') id = place.appId;
  } catch {
    // A link cut short still names the application.
  }
  const step = query.get('sequence_id');
  if (what.step === null && step && /^\d+$/.test(step)) what.step = step;
  return { name: 'app', project, app: id, view: what };
}

/** @param {string} project */
export function projectPath(project) {
  return own(`/p/${encodeURIComponent(project)}`);
}

/**
 * The address of an application, with what is not the default.
 * @param {string} project
 * @param {string} app
 * @param {Partial<View>} [what]
 */
export function appPath(project, app, what = {}) {
  const query = new URLSearchParams();
  if (what.step != null) query.set('step', what.step);
  if (what.base) query.set('base', what.base);
  if (what.path) query.set('path', what.path);
  if (what.view && what.view !== 'state') query.set('view', what.view);
  if (what.side && what.side !== 'step') query.set('side', what.side);
  if (what.win) query.set('win', what.win.join('..'));
  if (what.focus) query.set('focus', what.focus.join('..'));
  if (what.axis === 'time') query.set('axis', 'time');
  for (const pin of what.pins ?? []) query.append('pin', pin);
  if (what.q) query.set('q', what.q);
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return `${projectPath(project)}/a/${encodeURIComponent(app)}${text ? '?' + text : ''}`;
}
