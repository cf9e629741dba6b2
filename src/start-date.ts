/** A date as people give it, or one line that says which part of it is wrong. */
import { type Code, Fault } from './errors.js';
import { compare, daysInMonth, type Instant, normalise } from './time.js';

export interface Telling {
  /** Of the faults. */
  readonly code: Code;
  /** How a value appears in a line. */
  readonly show: (value: unknown) => string;
  /** Where nothing in the value tells which date was meant; by default the code’s. */
  readonly remedy?: string;
}

/** A date (midnight in UTC), or an RFC 3339 date-time with its zone, up to now. Throws the code. */
export function parseDate(value: unknown, now: Instant, telling: Telling): Instant {
  const { code, show } = telling;
  const text = typeof value === 'string' ? value.trim() : '';
  const instant = normalise(text);
  if (instant === undefined) throw noDate(value, text, telling);
  if (/\d:\d/.test(text) && !/(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text.slice(10)))
    throw new Fault(code, `${show(text)} has no time zone`, {
      remedy: `use e.g. ${text.slice(0, 10)} or ${instant}`,
    });
  if (compare(instant, now) > 0)
    throw new Fault(code, `${text} lies in the future`, {
      remedy: `use a date up to today, ${now.slice(0, 10)}`,
    });
  return instant;
}

/** Says which part is wrong, and the nearest date that is right. */
function noDate(value: unknown, text: string, { code, show, remedy }: Telling): Fault {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:$|[T ])/.exec(text);
  if (match === null || Number(match[1]) < 1)
    return new Fault(code, `${show(value)} is no date`, remedy === undefined ? {} : { remedy });
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const inMonth = Math.min(Math.max(month, 1), 12);
  const inDay = Math.min(Math.max(day, 1), daysInMonth(year, inMonth));
  const date = [match[1], ...[inMonth, inDay].map((part) => String(part).padStart(2, '0'))].join('-');
  const reason =
    month !== inMonth
      ? `: there is no month ${month}`
      : normalise(text.slice(0, 10)) === undefined
        ? ''
        : ': its time is none';
  return new Fault(code, `${show(text)} is no date${reason}`, {
    remedy: `use ${date} or ${date}T00:00:00Z`,
  });
}
