/** Where marks lie on an axis of time, and what they say: round lengths from a start, round dates of the calendar. */
import { fromMillis, type Instant, toMillis } from '../time.js';

export interface Mark {
  /** From 0 at the beginning to 1 at the end. */
  readonly at: number;
  readonly label: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LENGTHS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];

/** The time since the start of a run, by its longest unit. */
function elapsed(ms: number, step: number): string {
  if (ms === 0) return '0';
  if (step < SECOND) return ms < SECOND ? `${ms} ms` : `${ms / SECOND} s`;
  if (step < MINUTE && ms < MINUTE) return `${ms / SECOND} s`;
  const [size, unit, small, less] =
    ms < HOUR ? [MINUTE, 'min', SECOND, 's'] : ms < DAY ? [HOUR, 'h', MINUTE, 'min'] : [DAY, 'd', HOUR, 'h'];
  const rest = Math.round((ms % Number(size)) / Number(small));
  return `${Math.floor(ms / Number(size))} ${unit}${rest === 0 ? '' : ` ${rest} ${less}`}`;
}

/** Six at most, and none so near the end that its label would reach beyond it. */
export function elapsedMarks(totalMs: number): readonly Mark[] {
  const step = LENGTHS.find((length) => totalMs / length <= 6) ?? Math.ceil(totalMs / 6 / DAY) * DAY;
  const marks: Mark[] = [];
  for (let ms = 0; ms <= totalMs * 0.97; ms += step)
    marks.push({ at: totalMs === 0 ? 0 : ms / totalMs, label: elapsed(ms, step) });
  return marks;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Steps of the calendar in months, where lengths differ. */
const STEPS_OF_MONTHS: readonly number[] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000];
const STEPS_OF_MS: readonly number[] = [
  ...[1, 5, 15, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14].map((n) => n * DAY),
];

/** Four at most, at round dates in UTC. */
export function calendarMarks(from: Instant, to: Instant): readonly Mark[] {
  const [start, end] = [toMillis(from), toMillis(to)];
  const length = end - start;
  if (!(length > 0)) return [];
  const mark = (ms: number, label: string): Mark => ({ at: (ms - start) / length, label });
  const inside = ({ at }: Mark): boolean => at >= 0.04 && at <= 0.93;
  const step = STEPS_OF_MS.find((one) => length / one <= 4);
  if (step !== undefined) {
    const first = Math.ceil(start / step) * step;
    return Array.from({ length: 5 }, (_, n) => first + n * step)
      .map((ms) => mark(ms, step < DAY ? clock(ms) : dayOf(ms)))
      .filter(inside);
  }
  const months = STEPS_OF_MONTHS.find((one) => length / (one * 30.4 * DAY) <= 4) ?? 12_000;
  const begin = new Date(start);
  const first = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / months) * months;
  return Array.from({ length: 6 }, (_, n) => first + n * months)
    .map((month) => {
      const [year, name] = [Math.floor(month / 12), MONTHS[month % 12]];
      return mark(Date.UTC(year, month % 12), months < 12 ? `${name} ${year}` : String(year));
    })
    .filter(inside);
}

const dayOf = (ms: number): string => {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
};
const clock = (ms: number): string => `${dayOf(ms)} ${fromMillis(ms).slice(11, 16)}`;
