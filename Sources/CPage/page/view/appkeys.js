// The commands of an application's page and their keys.

import { VIEWS } from './statepane.js';

/** @param {import('./apppage.js').AppPage} page @returns {import('./keyboard.js').Command[]} */
export function appCommands(page) {
  const { session, player, strips, jumps } = page;
  const by = (/** @type {number} */ n) => () => session.go(session.step + n, { jump: false });
  const width = () => Math.max(1, session.win[1] - session.win[0]);
  /** @type {[string, string, string, string[], () => void][]} */
  const table = [
    ['back', 'Step back', 'Move', ['ArrowLeft'], by(-1)],
    ['on', 'Step forward', 'Move', ['ArrowRight'], by(1)],
    ['back10', 'Ten steps back', 'Move', ['Shift+ArrowLeft'], by(-10)],
    ['on10', 'Ten steps forward', 'Move', ['Shift+ArrowRight'], by(10)],
    ['page-back', 'One window back', 'Move', ['PageUp'], () => session.go(session.step - width())],
    ['page-on', 'One window forward', 'Move', ['PageDown'],
      () => session.go(session.step + width())],
    ['first', 'First step', 'Move', ['Home'], () => session.go(session.bounds()[0])],
    ['head', 'Head, and follow', 'Move', ['End'], () => session.toHead()],
    ['goto', 'Go to a step or ref', 'Move', ['g'], () => page.transport.input.focus()],
    ['write-back', 'Previous write of the selected path', 'Jump', ['['], () => jumps.write(-1)],
    ['write-on', 'Next write of the selected path', 'Jump', [']'], () => jumps.write(1)],
    ['blame', 'Step that wrote the selected value', 'Jump', ['b'], () => jumps.blame()],
    ['error-on', 'Next error', 'Jump', ['e'], () => jumps.error(1)],
    ['error-back', 'Previous error', 'Jump', ['Shift+E'], () => jumps.error(-1)],
    ['hit-on', 'Next step of the filter', 'Jump', ['n'], () => jumps.hit(1)],
    ['hit-back', 'Previous step of the filter', 'Jump', ['Shift+N'], () => jumps.hit(-1)],
    ['visit-back', 'Previous visit of this action', 'Jump', [','], () => jumps.visit(-1)],
    ['visit-on', 'Next visit of this action', 'Jump', ['.'], () => jumps.visit(1)],
    ['zoom-in', 'Zoom in', 'Timeline', ['w', '+'], () => strips.zoom(0.5)],
    ['zoom-out', 'Zoom out', 'Timeline', ['s', '-'], () => strips.zoom(2)],
    ['pan-left', 'Pan left', 'Timeline', ['a'], () => strips.pan(-0.25)],
    ['pan-right', 'Pan right', 'Timeline', ['d'], () => strips.pan(0.25)],
    ['fit', 'Centre, then fit the focus or all', 'Timeline', ['f'], () => page.fit()],
    ['axis', 'Step or time axis', 'Timeline', ['t'], () => page.toggleAxis()],
    ['play', 'Play or pause', 'Play', ['Space'], () => player.toggle()],
    ['slower', 'Slower', 'Play', ['<'], () => player.faster(-1)],
    ['faster', 'Faster', 'Play', ['>'], () => player.faster(1)],
    ['follow', 'Follow the head or stay', 'Play', ['l'], () => (session.follow
      ? session.detach(false) : session.toHead())],
    ['loop', 'Loop over the focus window', 'Play', [], () => {
      player.loop = !player.loop;
      session.changed('play');
    }],
    ['pause-error', 'Pause at errors or not', 'Play', [], () => {
      player.pauseOnError = !player.pauseOnError;
      page.shell.toast(player.pauseOnError ? 'Playback pauses at errors'
        : 'Playback does not pause at errors');
    }],
    ['filter', 'Filter the steps', 'View', ['/'], () => page.steps.input.focus()],
    ['view', 'Next view of the state', 'View', ['v'], () => page.nextView()],
    ['pin', 'Pin the selected path as a lane', 'View', ['p'], () => page.pin()],
    ['base', 'Compare with here, or with the step before', 'View', ['c'],
      () => page.toggleBase()],
    ['drawer', 'Show or hide the right side', 'View', ['q'], () => page.toggleDrawer()],
    ['table', 'Timeline as a table', 'View', [], () => page.table()],
    ['mark', 'Mark this step', 'Share', ['m'], () => page.mark()],
    ['link', 'Copy a link to here', 'Share', ['u'], () => page.copyLink()],
    ['clear', 'Leave focus, filter and selection', 'View', ['Escape'], () => page.clear()],
  ];
  const digits = Array.from({ length: 10 }, (_, i) => /** @type {const} */ ([`tenth-${i}`,
    `To ${i * 10} % of the focus window`, 'Move', [String(i)], () => {
      const [from, to] = session.bounds();
      session.go(from + Math.round((to - from) * i / 10));
    }]));
  const views = VIEWS.map(([id, title]) => /** @type {const} */ ([`view-${id}`,
    `View: ${title}`, 'View', [], () => session.set('view', id)]));
  return [...table, ...digits, ...views].map(([id, title, group, keys, run]) =>
    ({ id, title, group, keys: [...keys], run }));
}
