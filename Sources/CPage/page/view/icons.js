// Line icons on a grid of 16.

import { s } from './dom.js';

const PATHS = {
  ok: 'M3.5 8.5l3 3 6-7',
  failed: 'M4.5 4.5l7 7m0-7l-7 7',
  crashed: 'M8 2.5l6 10.5H2zM8 6.5v3m0 2v.1',
  running: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5',
  empty: 'M4 8h8',
  unreadable: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v4m0 2v.1',
  'not imported': 'M8 2.5v7m-3-3l3 3 3-3M3 13h10',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9m5-9v9',
  prev: 'M10 4l-4 4 4 4',
  next: 'M6 4l4 4-4 4',
  first: 'M11 4l-4 4 4 4M5 4v8',
  last: 'M5 4l4 4-4 4m6-8v8',
  error: 'M8 2.5l6 10.5H2zM8 6.5v3m0 2v.1',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm3 7l3 3',
  link: 'M7 9a2.5 2.5 0 0 0 3.5 0l2-2A2.5 2.5 0 0 0 9 3.500l-.7.7M9 7a2.500 2.500 0 0 0-3.500 '
    + '0l-2 2A2.500 2.500 0 0 0 7 12.500l.7-.7',
  help: 'M6 6.200a2 2 0 1 1 2.800 1.900c-.6.3-.8.6-.8 1.200m0 2v.1M8 1.800a6.200 6.200 0 1 0 0 '
    + '12.400A6.200 6.200 0 0 0 8 1.800z',
  light: 'M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM8 1.500v1.500m0 10v1.500M1.500 8H3'
    + 'm10 0h1.500M3.400 3.400l1 1m7.200 7.200l1 1m0-9.200l-1 1m-7.200 7.200l-1 1',
  dark: 'M13 9.500A5.500 5.500 0 1 1 6.500 3 4.500 4.500 0 0 0 13 9.500z',
  system: 'M2.500 3.500h11v7h-11zM6 13h4',
  mark: 'M4.500 2.500v11m0-10.500h7l-2 2.500 2 2.500h-7',
  pin: 'M8 9.500V14M5 9.500h6L9.800 7V3H6.200v4z',
  close: 'M4.500 4.500l7 7m0-7l-7 7',
  more: 'M4 8h.1M8 8h.1m3.900 0h.1',
  copy: 'M5.500 5.500h7v7h-7zM3.500 10.500v-7h7',
  fork: 'M5 3v4.500a2 2 0 0 0 2 2h3M5 3v10m5-5.500l2 2-2 2',
  child: 'M4 3v6h7m-2.500-2.500L11 9l-2.500 2.500',
  open: 'M6 4l4 4-4 4',
  down: 'M4 6l4 4 4-4',
  filter: 'M2.500 4h11m-9 4h7m-5 4h3',
  note: 'M3.500 3h9v7h-5l-3 3v-3h-1z',
  up: 'M5 7.500l2.500-5c1 0 1.500.8 1.300 1.800L8.500 6H12c.8 0 1.200.6 1 1.300l-1 4.500c-.2.7-.6 '
    + '1.200-1.300 1.200H5m0-5.500v5.500H3V7.500z',
  thumbdown: 'M5 8.500l2.500 5c1 0 1.500-.8 1.300-1.800L8.500 10H12c.8 0 1.200-.6 1-1.300l-1-4.500C'
    + '11.800 3.500 11.400 3 10.700 3H5m0 5.500V3H3v5.500z',
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export function icon(name) {
  return s('svg', { viewBox: '0 0 16 16', fill: 'none', stroke: 'currentColor',
    'stroke-width': name === 'more' ? 2.4 : 1.5, 'stroke-linecap': 'round',
    'stroke-linejoin': 'round', 'aria-hidden': 'true' }, s('path', { d: PATHS[name] }));
}

/** @param {string} status @returns {IconName} */
export function statusIcon(status) {
  return /** @type {IconName} */ (status in PATHS ? status : 'empty');
}
