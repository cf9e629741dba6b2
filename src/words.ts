/** What a run came to, in the words of the lines and tables that people read. */
import type { Present } from './progress.js';
import type { RunSummary, StreamSummary } from './run-summary.js';
import { ORIGIN } from './time.js';

/** 12,345; 12.5; 0.33. */
export const count = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 1 ? 2 : value < 100 ? 1 : 0 });

/** `1 request`, `2 requests`. */
export const many = (value: number, one: string, more = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : more}`;

/** `96.3 kB`. */
export function bytesText(value: number): string {
  const [size, unit] = (
    [
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1e3, 'kB'],
    ] as const
  ).find(([least]) => value >= least) ?? [1, value === 1 ? 'byte' : 'bytes'];
  return `${size === 1 ? count(value) : (value / size).toFixed(1)} ${unit}`;
}

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

/** Requests that were sent more than once, by why. */
const again = ({ limited, retries }: RunSummary): readonly string[] => [
  ...(limited > 0 ? [`${count(limited)} rate limited`] : []),
  ...(retries > 0 ? [`${count(retries)} tried again`] : []),
];

/** The whole run in one line, while it goes on. */
export function inWords(summary: RunSummary, { minutesLeft, stopping }: Present): string {
  const { rows, streams, requests, bytes, seconds } = summary;
  const complete = streams.filter(({ state }) => state === 'complete').length;
  return [
    ...(stopping ? ['stopping'] : []),
    clockOf(seconds),
    many(rows, 'row'),
    `${complete} of ${many(streams.length, 'stream')} complete`,
    many(requests, 'request'),
    ...again(summary),
    bytesText(bytes),
    ...(stopping ? [] : left(minutesLeft())),
  ].join(', ');
}

/** One stream in one line, while it is read. */
export function streamInWords(stream: StreamSummary, { share, minutesLeft }: Present): string {
  const { name, rows, pages, oldest, newest } = stream;
  const used = share(name);
  return [
    `${name}: ${many(rows, 'row')} of ${many(pages, 'page')} so far`,
    ...(oldest === undefined ? [] : [`from ${oldest} to ${newest}`]),
    ...(used === undefined ? [] : [`${Math.round(used * 100)}% of its limit in use`]),
    ...left(minutesLeft(name)),
  ].join(', ');
}

/** How it ended, in one line. */
export function endInWords(summary: RunSummary): string {
  const { rows, streams, requests, splits, bytes, seconds } = summary;
  const more = [
    ...(splits > 0 ? [`at most ${count(splits)} of them to read side by side`] : []),
    ...again(summary),
  ];
  const effort = more.length === 0 ? 'no more than needed' : more.join(', ');
  return `${many(rows, 'row')} of ${many(streams.length, 'stream')}, ${many(requests, 'request')} (${effort}), ${bytesText(bytes)}, ${seconds.toFixed(1)} s`;
}

interface Entry {
  readonly until: string;
  readonly gaps: readonly (readonly [from: string, ...rest: unknown[]])[];
}

/** A state entry for a column: up to when its stream is written, or what is left of it; of a gap without a lower bound, nothing of where it begins. */
export function entryInWords(entry: unknown, show: (instant: string) => string): string {
  if (entry === undefined) return 'none';
  const { until, gaps } = entry as Entry;
  const [first] = gaps.map(([from]) => from).sort();
  if (first === undefined) return show(until);
  return `${many(gaps.length, 'gap')}${first === ORIGIN ? '' : ` from ${show(first)}`}`;
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
        `${names.length > NAMED ? many(names.length, 'stream') : names.join(', ')} ${words}`,
    )
    .join('; ');
}
