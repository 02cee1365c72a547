// An action has the same colour wherever it is seen, and each its own within an application.

/** Hues that stay apart for people with a red-green weakness, by lightness as well. */
const HUES = [255, 65, 160, 320, 95, 225, 25, 290, 190, 350, 130, 45];

/** @param {string} name */
function hash(name) {
  let sum = 2166136261;
  for (let i = 0; i < name.length; i++) {
    sum = Math.imul(sum ^ name.charCodeAt(i), 16777619);
  }
  return sum >>> 0;
}

export class Colors {
  /** @param {string[]} names */
  constructor(names) {
    /** @type {Map<string, number>} */
    this.places = new Map();
    /**
     * What a canvas draws with, in one theme.
     * @type {Map<string, string>}
     */
    this.bands = new Map();
    /** @type {Paint | null} */
    this.paint = null;
    const taken = new Set();
    for (const name of [...names].sort()) {
      let place = hash(name) % HUES.length;
      for (let i = 0; i < HUES.length && taken.has(place); i++) place = (place + 1) % HUES.length;
      taken.add(place);
      this.places.set(name, place);
    }
  }

  /** @param {string} name */
  hue(name) {
    return HUES[this.places.get(name) ?? hash(name) % HUES.length];
  }

  /**
   * For a canvas.
   * @param {string} name
   * @param {Paint} paint
   */
  band(name, paint) {
    if (this.paint !== paint) {
      this.paint = paint;
      this.bands.clear();
    }
    let color = this.bands.get(name);
    if (color === undefined) {
      const shade = ((this.places.get(name) ?? 0) % 3 - 1) * 4;
      color = plain(`oklch(${paint.bandL + shade}% ${paint.bandC} ${this.hue(name)})`);
      this.bands.set(name, color);
    }
    return color;
  }
}

/** @type {Map<string, string>} */
const known = new Map();
/** @type {CanvasRenderingContext2D | null} */
let dot = null;

/**
 * A colour as red, green and blue: with any other a canvas takes five times as long to draw.
 * @param {string} color
 */
export function plain(color) {
  let made = known.get(color);
  if (made !== undefined) return made;
  dot ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!dot) return color;
  dot.fillStyle = color;
  dot.fillRect(0, 0, 1, 1);
  made = `rgb(${dot.getImageData(0, 0, 1, 1).data.slice(0, 3).join(' ')})`;
  known.set(color, made);
  return made;
}

/** @typedef {ReturnType<typeof readPaint>} Paint */

/** The theme's colours, for what is drawn on a canvas. */
export function readPaint() {
  const style = getComputedStyle(document.documentElement);
  const get = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    bg: get('--bg'), surface: get('--surface'), sunken: get('--sunken'), line: get('--line'),
    strong: get('--line-strong'), text: get('--text'), text2: get('--text-2'),
    text3: get('--text-3'), accent: get('--accent'), soft: get('--accent-soft'),
    fail: get('--fail'), warn: get('--warn'), ok: get('--ok'), sans: get('--sans'),
    bandL: parseFloat(get('--band-l')), bandC: get('--band-c'),
  };
}
