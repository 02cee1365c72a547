// Numbers, sizes and times as people read them.

const GROUPS = new Intl.NumberFormat('en-US');

/** @param {number} n */
export function integer(n) {
  return GROUPS.format(n);
}

/** @param {number} n  "950", "12.3k", "1.2M" */
export function short(n) {
  if (n < 1000) return String(n);
  const [unit, name] = n < 999_500 ? [1e3, 'k'] : [1e6, 'M'];
  const value = n / unit;
  return (value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0)) + name;
}

/** @param {number} n */
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** @param {number | null | undefined} us  microseconds */
export function duration(us) {
  if (us === null || us === undefined) return '';
  if (us < 1000) return `${Math.round(us)} \u00b5s`;
  if (us < 1e6) return `${us < 1e4 ? (us / 1e3).toFixed(1) : Math.round(us / 1e3)} ms`;
  if (us < 6e7) return `${(us / 1e6).toFixed(us < 1e7 ? 2 : 1)} s`;
  const minutes = Math.floor(us / 6e7);
  if (minutes < 60) return `${minutes} min ${Math.round((us % 6e7) / 1e6)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** @param {string | null | undefined} time  RFC 3339 @returns {number | null} microseconds */
export function micros(time) {
  const match = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(time ?? '');
  if (!match || !time) return null;
  const seconds = Date.parse(match[1] + (match[3] ?? 'Z'));
  if (Number.isNaN(seconds)) return null;
  return seconds * 1000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** @param {number} n @param {number} [width] */
const two = (n, width = 2) => String(n).padStart(width, '0');

/** @param {number | null | undefined} us  "10:31:07.412", local time */
export function clock(us) {
  if (us === null || us === undefined) return '';
  const date = new Date(us / 1000);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => two(n));
  return `${time.join(':')}.${two(date.getMilliseconds(), 3)}`;
}

/** @param {number | null | undefined} us  "2026-08-22 10:31:07", local time */
export function moment(us) {
  if (us === null || us === undefined) return '';
  const date = new Date(us / 1000);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${clock(us).slice(0, 8)}`;
}

/** @param {number | null | undefined} us @param {number} [now]  both since 1970 */
export function ago(us, now = Date.now() * 1000) {
  if (us === null || us === undefined) return 'never';
  const seconds = Math.max(0, (now - us) / 1e6);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  if (days < 60) return days === 1 ? 'yesterday' : `${days} days ago`;
  if (days < 730) return `${Math.floor(days / 30.4)} months ago`;
  return `${Math.floor(days / 365)} years ago`;
}

/** @param {number} n @param {string} one @param {string} [many] */
export function plural(n, one, many = one + 's') {
  return `${integer(n)} ${n === 1 ? one : many}`;
}
