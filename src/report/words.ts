/** Numbers, lengths and instants as people read them. What belongs together stays on one line, by a hard space. */
import { type Advice, atRemedy } from '../errors.js';
import type { Instant } from '../time.js';
import { bytesText } from '../words.js';
import { type Html, html } from './html.js';

export { count, many } from '../words.js';

/** `a`, `a and b`, `a, b and c`; after `most` of them the number of the rest. */
export function listed(names: readonly string[], most = 4): string {
  const shown = names.length <= most ? names : [...names.slice(0, most - 1)];
  const all = shown.length === names.length ? shown : [...shown, `${names.length - shown.length} more`];
  return all.length <= 1 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

export const bytes = (value: number): string => bytesText(value).replace(' ', '\u00a0');

/** Two units at most: `420 ms`, `27.9 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function lasting(ms: number): string {
  if (ms <= 0) return '0\u00a0s';
  if (ms < 999.5) return `${Math.max(1, Math.round(ms))}\u00a0ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1).replace('.0', '')}\u00a0s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(minutes / 60);
  const two = (large: number, unit: string, small: number, less: string): string =>
    small === 0 ? `${large}\u00a0${unit}` : `${large}\u00a0${unit} ${small}\u00a0${less}`;
  if (seconds < 3_600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  if (minutes < 1_440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

export function percent(share: number): string {
  if (share <= 0) return '0\u00a0%';
  if (share < 0.001) return 'less than 0.1\u00a0%';
  return `${(share * 100).toFixed(share < 0.0995 ? 1 : 0).replace('.0', '')}\u00a0%`;
}

/** To the second, or to the minute where seconds say nothing. */
export const instant = (at: Instant, to: 'second' | 'minute' = 'minute'): Html =>
  html`<time datetime="${at}">${spoken(at, to)}</time>`;

export const spoken = (at: Instant, to: 'second' | 'minute' = 'minute'): string =>
  at.slice(0, to === 'second' ? 19 : 16).replace('T', ' ');

/** A path, which may be broken before a slash and nowhere else. */
export const endpointPath = (path: string): Html => {
  const [first = '', ...rest] = path.split(/(?<=.)(?=\/)/s);
  return html`<code>${first}${rest.map((part) => html`<wbr>${part}`)}</code>`;
};

/** A code, what is wrong, and what to do, as the lines of errors have them. */
export const told = (line: string): Html => advised(atRemedy(line));

/** The same of a line that was cut already. */
export function advised({ what: line, remedy }: Advice): Html {
  const [, code = '', what = ''] = /^(KLV_[A-Z_]+ )?([\s\S]*)$/.exec(line) ?? [];
  return html`${code === '' ? undefined : html`<code>${code.trim()}</code> `}${what}${
    remedy === undefined ? undefined : html`<span class="todo"><b>What to do:</b> ${remedy}</span>`
  }`;
}
