// The state machine: laid out once, then only its classes change.

import { attribute, h, replace, s, text } from './dom.js';
import { json, url } from '../data/api.js';
import { short } from '../core/format.js';

/** @typedef {import('./apppage.js').AppPage} AppPage */

const TRAIL = 5;
const PAD = 14;
/** The least scale at which a name is read without effort. */
const READABLE = 0.8;

export class Graph {
  /** @param {AppPage} page */
  constructor(page) {
    this.page = page;
    this.session = page.session;
    this.hint = h('p', { class: 'dim hint' });
    this.edge = h('p', { class: 'edge num' });
    this.canvas = h('div', { class: 'graph', tabindex: 0, role: 'group',
      'aria-label': 'State machine' });
    this.el = h('section', { class: 'pane graph-pane', 'aria-label': 'State machine' },
      this.canvas, this.edge, this.hint);
    /** @type {any} */
    this.graph = null;
    /** @type {SVGElement[]} */
    this.nodes = [];
    /** @type {SVGElement[]} */
    this.edges = [];
    /** The step whose visits are shown. */
    this.counted = -1;
    /** The step whose visits were asked for last. */
    this.asked = NaN;
    this.timer = 0;
    this.hash = '';
    /** Width and height of the drawing at full size. */
    this.size = [0, 0];
    this.part = 1;
    /** The place of the current action among the nodes. */
    this.at = -1;
    /** What is seen of the drawing: to ask for it would lay the document out. */
    this.seen = { left: 0, top: 0, width: 0, height: 0 };
    this.canvas.addEventListener('scroll', () => {
      this.seen.left = this.canvas.scrollLeft;
      this.seen.top = this.canvas.scrollTop;
    }, { passive: true });
    new ResizeObserver(() => {
      this.seen.width = this.canvas.clientWidth;
      this.seen.height = this.canvas.clientHeight;
      this.fit();
    }).observe(this.canvas);
  }

  /** Shows the step at once, and its counts after a rest. */
  draw() {
    const { session } = this;
    if (this.graph) this.mark();
    if (session.head < session.first && this.graph) return;
    clearTimeout(this.timer);
    const at = Math.min(session.step, session.head);
    if (this.asked === at) return;
    this.timer = /** @type {any} */ (setTimeout(() => this.load(at), this.graph ? 120 : 0));
  }

  /** @param {number} at */
  async load(at) {
    const { session } = this;
    this.asked = at;
    try {
      const graph = await json(url(`${session.url}/graph`,
        at >= session.first ? { at, g: session.g } : {}));
      this.counted = at;
      if (graph.hash + graph.layout !== this.hash) this.build(graph);
      this.graph = graph;
      this.mark();
      session.changed('graph');
    } catch (error) {
      if (this.asked === at) this.asked = NaN;
      if (!this.graph) replace(this.canvas, h('p', { class: 'dim' },
        /** @type {Error} */ (error).message));
    }
  }

  /** @param {any} graph */
  build(graph) {
    this.hash = graph.hash + graph.layout;
    text(this.hint, graph.hint ?? '');
    this.hint.hidden = !graph.hint;
    const { colors } = this.page.strips;
    const pad = PAD;
    const many = graph.nodes.length > 200;
    this.edges = graph.edges.map((/** @type {any} */ edge) => s('g', { class: `edge ${edge.kind}` },
      s('path', { d: curve(edge.points), 'marker-end': 'url(#arrow)' }),
      edge.condition && edge.label && !many && s('text', { x: edge.label[0], y: edge.label[1],
        class: 'condition' }, edge.condition.length > 34
        ? `${edge.condition.slice(0, 33)}\u2026` : edge.condition),
      s('title', null, `${edge.from} \u2192 ${edge.to}${
        edge.condition ? ` when ${edge.condition}` : ''}`)));
    this.nodes = graph.nodes.map((/** @type {any} */ node) => this.node(node, colors));
    replace(this.canvas, s('svg', {
      viewBox: `${-pad} ${-pad} ${graph.width + 2 * pad} ${graph.height + 2 * pad}`,
      role: 'presentation' },
    s('defs', null, s('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 6.5, refY: 4,
      markerWidth: 6.5, markerHeight: 6.5, orient: 'auto-start-reverse' },
    s('path', { d: 'M0 0.5L7.5 4L0 7.5z' }))),
    this.edges, this.nodes));
    this.size = [graph.width + 2 * pad, graph.height + 2 * pad];
    this.fit();
  }

  /** As large as there is room, but never so small that it cannot be read. */
  fit() {
    const { canvas, seen } = this;
    const svg = canvas.querySelector('svg');
    if (!svg || !seen.width) return;
    const [width, height] = this.size;
    const part = Math.min(1, Math.max(READABLE,
      Math.min(seen.width / width, seen.height / height)));
    attribute(svg, 'width', String(width * part));
    attribute(svg, 'height', String(height * part));
    this.part = part;
    this.reveal();
  }

  /** Brings the current action into sight where not all of the graph is. */
  reveal() {
    const { canvas, graph, seen, size, part } = this;
    const at = graph?.nodes[this.at];
    if (!at || (size[0] * part <= seen.width + 1
      && size[1] * part <= seen.height + 1)) return;
    const [x, y] = [(at.x + PAD) * part, (at.y + PAD) * part];
    const [wide, high] = [at.width * part, at.height * part + 24];
    if (x - wide < seen.left || x + wide > seen.left + seen.width) {
      seen.left = Math.max(0, Math.min(x - seen.width / 2, size[0] * part - seen.width));
      canvas.scrollLeft = seen.left;
    }
    if (y - high < seen.top || y + high > seen.top + seen.height) {
      seen.top = Math.max(0, Math.min(y - seen.height / 2, size[1] * part - seen.height));
      canvas.scrollTop = seen.top;
    }
  }

  /** @param {any} node @param {import('./colors.js').Colors} colors */
  node(node, colors) {
    const { page } = this;
    const press = (/** @type {MouseEvent | KeyboardEvent} */ event) => {
      if (event instanceof KeyboardEvent && event.key !== 'Enter') return;
      if (event.altKey) page.jumps.visit(1, node.name);
      else page.steps.filterBy(`action:${node.name}`);
      event.stopPropagation();
    };
    const action = node.kind === 'action';
    const el = s('g', { class: `node ${node.kind}`, transform:
      `translate(${node.x - node.width / 2} ${node.y - node.height / 2})`,
    ...(action ? { tabindex: 0, role: 'button', onclick: press, onkeydown: press,
      'aria-label': `${node.name}: filter its steps` } : {}) },
    s('rect', { width: node.width, height: node.height, rx: action ? 7 : node.height / 2 }),
    s('text', { x: node.width / 2, y: node.height / 2, class: 'name' }, node.name),
    s('g', { class: 'visits', transform: `translate(${node.width} 0)` },
      s('rect', { x: -14, y: -8, width: 28, height: 16, rx: 8 }), s('text', { y: 0.5 })),
    s('title', null, [node.name, node.reads?.length && `reads ${node.reads.join(', ')}`,
      node.writes?.length && `writes ${node.writes.join(', ')}`].filter(Boolean).join('\n')));
    el.style.setProperty('--hue', String(colors.hue(node.name)));
    return el;
  }

  /** Current action, the way to it, counts. */
  mark() {
    const { session, graph } = this;
    const row = session.row(session.step);
    const running = session.running?.step === session.step ? session.running : null;
    const action = running?.action ?? row?.action ?? graph.at?.action;
    const before = session.row(session.step - 1)?.action;
    const exact = this.counted === session.step;
    const trail = exact ? graph.trail.slice(-TRAIL - 1, -1) : [];
    let at = -1;
    graph.nodes.forEach((/** @type {any} */ node, /** @type {number} */ i) => {
      const { classList } = this.nodes[i];
      const last = trail.lastIndexOf(i);
      const current = node.kind === 'action' && node.name === action;
      if (current) at = i;
      classList.toggle('current', current);
      classList.toggle('failed', current && row?.failed === true);
      classList.toggle('previous', node.kind === 'action' && !current && node.name === before);
      attribute(this.nodes[i], 'data-trail', last < 0 ? null : String(trail.length - last));
      const visits = this.nodes[i].querySelector('.visits');
      if (visits) {
        attribute(visits, 'visibility', node.visits ? 'visible' : 'hidden');
        text(/** @type {Element} */ (visits.lastElementChild), short(node.visits));
      }
    });
    let taken = exact ? graph.at?.edge ?? -1 : -1;
    if (taken < 0 && before !== undefined) {
      taken = graph.edges.findIndex((/** @type {any} */ edge) =>
        edge.kind === 'transition' && edge.from === before && edge.to === action);
    }
    graph.edges.forEach((/** @type {any} */ edge, /** @type {number} */ i) => {
      const el = this.edges[i];
      el.classList.toggle('taken', i === taken);
      el.classList.toggle('unused', edge.kind === 'transition' && !edge.visits);
      el.style.setProperty('--weight', String(1 + Math.min(2, Math.log10(1 + edge.visits) * 0.6)));
    });
    // Under a moving playhead the drawing stays where it is.
    if (at !== this.at && !session.dragging) {
      this.at = at;
      this.reveal();
    }
    const edge = graph.edges[taken];
    text(this.edge, edge ? `${edge.from} \u2192 ${edge.to}${
      edge.condition ? ` \u00b7 ${edge.condition}` : ' \u00b7 default'}` : '');
  }
}

/** @param {[number, number][]} points  a start, then three for each cubic curve */
function curve(points) {
  if (points.length < 4) {
    return points.map(([x, y], i) => `${i ? 'L' : 'M'}${x} ${y}`).join('');
  }
  const [[x, y], ...rest] = points;
  let path = `M${x} ${y}`;
  for (let i = 0; i + 2 < rest.length; i += 3) {
    path += `C${rest.slice(i, i + 3).map((point) => point.join(' ')).join(' ')}`;
  }
  return path;
}
