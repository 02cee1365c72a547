// The layer over a strip: ghost, base, focus, brush. The playhead is an element.

/** @typedef {import('../core/scale.js').Scale} Scale */

/**
 * @param {object} what
 * @param {CanvasRenderingContext2D} what.ctx
 * @param {number} what.width
 * @param {number} what.height
 * @param {number} what.top
 * @param {Scale} what.scale
 * @param {import('./colors.js').Paint} what.paint
 * @param {number | null} what.hover
 * @param {number | null} what.base
 * @param {number | null} what.running
 * @param {[number, number] | null} what.focus
 * @param {[number, number] | null} what.win     drawn as a brush
 * @param {[number, number] | null} what.range   steps outside are not drawn
 */
export function drawHeads(what) {
  const { ctx, width, height, scale, paint, top, range } = what;
  ctx.clearRect(0, 0, width, height);
  if (what.win) shade(ctx, scale, what.win, width, height, paint.sunken, 0.72);
  if (what.win) brush(ctx, scale, what.win, height, paint.strong);
  if (what.focus) {
    shade(ctx, scale, what.focus, width, height, paint.sunken, 0.6);
    brush(ctx, scale, what.focus, height, paint.accent);
  }
  const inside = (/** @type {number} */ step) =>
    !range || (step >= range[0] && step <= range[1]);
  const middle = (/** @type {number} */ step) => {
    const left = scale.x(step);
    return (left + Math.min(width, scale.end(step, step + 1))) / 2;
  };
  if (what.running !== null && inside(what.running)) hatch(what, what.running);
  if (what.hover !== null && inside(what.hover)) {
    ctx.fillStyle = paint.text3;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(Math.round(middle(what.hover)) - 0.5, top, 1, height - top);
    ctx.globalAlpha = 1;
  }
  if (what.base !== null && inside(what.base)) {
    ctx.fillStyle = paint.warn;
    ctx.fillRect(Math.round(middle(what.base)) - 0.5, top + 4, 1, height - top);
    diamond(ctx, middle(what.base), top + 5);
  }
}

/**
 * Darkens what is outside.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scale} scale
 * @param {[number, number]} range
 * @param {number} width
 * @param {number} height
 * @param {string} color
 * @param {number} alpha
 */
function shade(ctx, scale, [from, to], width, height, color, alpha) {
  const left = scale.x(from);
  const right = scale.x(to + 1);
  ctx.fillStyle = color;
  ctx.globalAlpha = alpha;
  ctx.fillRect(0, 0, left, height);
  ctx.fillRect(right, 0, width - right, height);
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Scale} scale @param {[number, number]} range
 *  @param {number} height @param {string} color */
function brush(ctx, scale, [from, to], height, color) {
  const left = scale.x(from);
  const right = Math.max(left + 4, scale.x(to + 1));
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1);
  ctx.fillStyle = color;
  for (const x of [left, right - 3]) {
    ctx.beginPath();
    ctx.rect(x, height / 2 - 8, 3, 16);
    ctx.fill();
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
function diamond(ctx, x, y) {
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x + 5, y);
  ctx.lineTo(x, y + 5);
  ctx.lineTo(x - 5, y);
  ctx.fill();
}

/**
 * The step that runs.
 * @param {Parameters<typeof drawHeads>[0]} what
 * @param {number} step
 */
function hatch({ ctx, scale, width, height, top, paint }, step) {
  const left = scale.x(step);
  const right = Math.min(width, Math.max(left + 3, scale.x(step + 1)));
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top + 6, right - left, height - top);
  ctx.clip();
  ctx.strokeStyle = paint.accent;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let x = left - height; x < right; x += 6) {
    ctx.moveTo(x, height);
    ctx.lineTo(x + height, 0);
  }
  ctx.stroke();
  ctx.restore();
}
