/** What a run came to, in the words of the lines and tables that people read. */
import type { Present } from './progress.js';
import type { RunSummary, StreamSummary } from './run-summary.js';

const figure = (count: number): string => count.toLocaleString('en');

export const plural = (count: number, what: string): string =>
  `${figure(count)} ${what}${count === 1 ? '' : 's'}`;

/** Empty where nothing is left, or nothing can be told. */
export function lengthOf(minutes: number): string {
  if (minutes <= 0) return '';
  if (minutes < 1) return '<1 min';
  const whole = Math.ceil(minutes);
  return whole < 100 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}

const left = (minutes: number): readonly string[] =>
  minutes <= 0 ? [] : [minutes < 1 ? 'less than a minute left' : `about ${lengthOf(minutes)} left`];

/** `1:05`, `2:03:04`. */
function clockOf(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The whole run in one line, while it goes on. */
export function inWords(summary: RunSummary, { minutesLeft, stopping }: Present): string {
  const { rows, streams, requests, limited, retries, bytes, seconds } = summary;
  const complete = streams.filter(({ state }) => state === 'complete').length;
  return [
    ...(stopping ? ['stopping'] : []),
    clockOf(seconds),
    plural(rows, 'row'),
    `${complete} of ${plural(streams.length, 'stream')} complete`,
    plural(requests, 'request'),
    ...(limited > 0 ? [`${figure(limited)} rate limited`] : []),
    ...(retries > 0 ? [`${figure(retries)} tried again`] : []),
    megabytes(bytes),
    ...(stopping ? [] : left(minutesLeft())),
  ].join(', ');
}

/** One stream in one line, while it is read. */
export function streamInWords(stream: StreamSummary, { share, minutesLeft }: Present): string {
  const { name, rows, pages, oldest, newest } = stream;
  const used = share(name);
  return [
    `${name}: ${plural(rows, 'row')} of ${plural(pages, 'page')} so far`,
    ...(oldest === undefined ? [] : [`from ${oldest} to ${newest}`]),
    ...(used === undefined ? [] : [`${Math.round(used * 100)}% of its limit in use`]),
    ...left(minutesLeft(name)),
  ].join(', ');
}

/** How it ended, in one line. */
export function endInWords(summary: RunSummary): string {
  const { rows, streams, requests, splits, limited, retries, bytes, seconds } = summary;
  const more = [
    ...(splits > 0 ? [`at most ${figure(splits)} of them to read side by side`] : []),
    ...(limited > 0 ? [`${figure(limited)} rate limited`] : []),
    ...(retries > 0 ? [`${figure(retries)} tried again`] : []),
  ];
  const effort = more.length === 0 ? 'no more than needed' : more.join(', ');
  return `${plural(rows, 'row')} of ${plural(streams.length, 'stream')}, ${plural(requests, 'request')} (${effort}), ${megabytes(bytes)}, ${seconds.toFixed(1)} s`;
}

interface Entry {
  readonly until: string;
  readonly gaps: readonly (readonly [from: string, ...rest: unknown[]])[];
}

/** Before every row: where a gap begins of which only its end can be told. */
const ORIGIN = '1970-01-01T00:00:00Z';

/** A state entry for a column: up to when its stream is written, or what is left of it. */
export function entryInWords(entry: unknown, show: (instant: string) => string): string {
  if (entry === undefined) return 'none';
  const { until, gaps } = entry as Entry;
  const [first] = gaps.map(([from]) => from).sort();
  if (first === undefined) return show(until);
  return `${plural(gaps.length, 'gap')}${first === ORIGIN ? '' : ` from ${show(first)}`}`;
}

/** Streams to a group before they are only counted. */
const NAMED = 3;

/** The next state in one line: streams that are as far as each other are told together. */
export function statesInWords({ streams, state }: RunSummary): string {
  const groups = new Map<string, string[]>();
  for (const { name } of streams) {
    const entry = state[name] as Entry | undefined;
    const words =
      entry === undefined ? 'none' : `up to ${entry.until}${entry.gaps.length > 0 ? ' with gaps' : ''}`;
    groups.set(words, [...(groups.get(words) ?? []), name]);
  }
  return [...groups]
    .map(
      ([words, names]) =>
        `${names.length > NAMED ? plural(names.length, 'stream') : names.join(', ')} ${words}`,
    )
    .join('; ');
}
