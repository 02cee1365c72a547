// The little of Markdown that chats use, as a tree. No HTML goes through, nothing is fetched.

/**
 * @typedef {object} Inline
 * @property {'text' | 'code' | 'strong' | 'em' | 'link'} kind
 * @property {string} text
 * @property {string} [href]
 */
/**
 * @typedef {object} Block
 * @property {'p' | 'pre' | 'ul' | 'ol' | 'quote' | 'h' | 'rule'} kind
 * @property {Inline[][]} lines   one for each item or line
 * @property {string} [text]      of code
 */

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*][^*]*?)\*|\[([^\]]+)\]\(([^)\s]+)\)/;

/** @param {string} text @returns {Inline[]} */
export function inline(text) {
  /** @type {Inline[]} */
  const runs = [];
  let rest = text;
  for (;;) {
    const match = INLINE.exec(rest);
    if (!match) break;
    if (match.index) runs.push({ kind: 'text', text: rest.slice(0, match.index) });
    if (match[2]) runs.push({ kind: 'code', text: match[2] });
    else if (match[3] || match[4]) runs.push({ kind: 'strong', text: match[3] ?? match[4] });
    else if (match[5]) runs.push({ kind: 'em', text: match[5] });
    else if (/^https?:\/\//.test(match[7])) {
      runs.push({ kind: 'link', text: match[6], href: match[7] });
    } else runs.push({ kind: 'text', text: match[0] });
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) runs.push({ kind: 'text', text: rest });
  return runs;
}

/** @param {string} text @returns {Block[]} */
export function markdown(text) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const fence = /^\s*(```|~~~)/.exec(line);
    if (fence) {
      const begin = i + 1;
      while (i + 1 < lines.length && !lines[i + 1].trim().startsWith(fence[1])) i++;
      blocks.push({ kind: 'pre', lines: [], text: lines.slice(begin, i + 1).join('\n') });
      i++;
    } else if (line.trim()) add(blocks, line, lines[i - 1] ?? '');
  }
  return blocks;
}

/** @param {Block[]} blocks @param {string} line @param {string} above */
function add(blocks, line, above) {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/.exec(line);
  const quote = /^\s*>\s?(.*)$/.exec(line);
  if (/^\s*(?:[-*_]\s*){3,}$/.test(line)) blocks.push({ kind: 'rule', lines: [] });
  else if (heading) blocks.push({ kind: 'h', lines: [inline(heading[1])] });
  else {
    const kind = item ? (item[1] ? 'ol' : 'ul') : quote ? 'quote' : 'p';
    const words = inline(item ? item[2] : quote ? quote[1] : line);
    const last = blocks[blocks.length - 1];
    if (last?.kind === kind && above.trim()) last.lines.push(words);
    else blocks.push({ kind, lines: [words] });
  }
}
