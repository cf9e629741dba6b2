/** How many rows there are, as far as a few pages of them can tell. Pure. */
import { contains, intersect, type Range } from '../sync/ranges.js';
import { compare, earliest, FOREVER, fromMillis, type Instant, latest, ORIGIN, toMillis } from '../time.js';

/** Between `least` and `most`; the same where it is known, and no `most` where nobody can say. */
export interface Count {
  readonly least: number;
  readonly most?: number;
}

export const exactly = (rows: number): Count => ({ least: rows, most: rows });

/** A page of rows in the order of their time, and the span of which it shows every row. */
export interface Sample {
  readonly times: readonly Instant[];
  readonly span: Range;
}

/** The first rows from a time on. `whole`: there are no more of them. */
export const rowsFrom = (from: Instant, times: readonly Instant[], whole: boolean): Sample => ({
  times,
  span: { from, to: whole ? FOREVER : times.reduce(latest, from) },
});

/** The last rows before a time. */
export const rowsBefore = (to: Instant, times: readonly Instant[], whole: boolean): Sample => ({
  times,
  span: { from: whole ? ORIGIN : times.reduce(earliest, to), to },
});

/** Klaviyo counts nothing: more digits would say more than is known. */
function rounded(rows: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, rows))) - 1);
  return Math.round(rows / unit) * unit;
}

const secondsIn = ({ from, to }: Range): number => Math.max(0, (toMillis(to) - toMillis(from)) / 1000);

/** Rows a second, of those within bounds; undefined where too few of them are. */
function density({ times }: Sample, bounds: Range): number | undefined {
  const inside = times.filter((time) => contains(bounds, time));
  const [first] = inside;
  if (first === undefined || inside.length < 2) return undefined;
  const seconds = secondsIn({ from: inside.reduce(earliest, first), to: inside.reduce(latest, first) });
  return (inside.length - 1) / Math.max(1, seconds);
}

/** Of some bounds, what can hold rows: from the first that there is to the last. */
export function extent(bounds: Range, samples: readonly Sample[]): Range {
  return samples.reduce((left, { times, span }) => {
    const [first] = times;
    if (first === undefined) return left;
    const from =
      compare(span.from, left.from) <= 0 ? latest(left.from, times.reduce(earliest, first)) : left.from;
    const to = compare(span.to, left.to) >= 0 ? earliest(left.to, times.reduce(latest, first)) : left.to;
    return { from, to };
  }, bounds);
}

/**
 * Rows in ranges: as if they lay everywhere as close as where they lie closest, and as far apart as where they lie
 * farthest. `ranges`: in order, none touching another.
 */
export function countIn(ranges: readonly Range[], samples: readonly Sample[]): Count {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (first === undefined || last === undefined) return exactly(0);
  const bounds = { from: first.from, to: last.to };
  const seen = ({ times }: Sample): number =>
    times.filter((time) => ranges.some((range) => contains(range, time))).length;
  const all = samples.find(
    ({ span }) => compare(span.from, bounds.from) <= 0 && compare(span.to, bounds.to) >= 0,
  );
  if (all !== undefined) return exactly(seen(all));
  const least = Math.max(0, ...samples.map(seen));
  const rates = samples.flatMap((sample) => density(sample, bounds) ?? []);
  if (rates.length === 0) return { least };
  const held = extent(bounds, samples);
  const seconds = ranges.reduce((sum, range) => sum + secondsIn(intersect(range, held)), 0);
  const [low, high] = [rounded(Math.min(...rates) * seconds), rounded(Math.max(...rates) * seconds)];
  return { least: Math.max(least, low), most: Math.max(least, high) };
}

/** To the second. */
export const middle = ({ from, to }: Range): Instant =>
  `${fromMillis((toMillis(from) + toMillis(to)) / 2).slice(0, 19)}Z`;
