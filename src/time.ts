/**
 * Instants as text whose order is time order, to the microsecond, and calendar arithmetic in UTC. Nothing here
 * reads the machine's zone, so output does not depend on it.
 */

/** `2026-01-02T03:04:05.678901Z`, the fraction absent when it is zero; always UTC. */
export type Instant = string;

/** Before every row: a range that begins here has no lower bound. */
export const ORIGIN: Instant = '1970-01-01T00:00:00Z';
/** After every row: a range that ends here has no upper bound. */
export const FOREVER: Instant = '9999-12-31T23:59:59Z';

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/;

/** What Klaviyo writes nearly always: UTC, and a day that every month has. */
const USUAL =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|\+00:00)$/;

const usual = (text: string): Instant =>
  `${text.slice(0, 19)}${text.charCodeAt(19) === 46 ? trimFraction(text.slice(20, text.endsWith('Z') ? -1 : -6)) : ''}Z`;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/**
 * RFC 3339 in UTC from what Klaviyo and people write: `T` or a space, any offset, none (UTC), up to nine
 * fractional digits (kept to six), a date alone. Undefined for what is no instant: 30 February, year 0, text.
 */
export function normalise(text: string): Instant | undefined {
  if (USUAL.test(text)) return usual(text);
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, y, mo, d, h = '00', mi = '00', s = '00', fraction = '', zone = 'Z'] = match;
  const [year, month, day] = [Number(y), Number(mo), Number(d)];
  const [hour, minute, second] = [Number(h), Number(mi), Number(s)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const micros = trimFraction(fraction);
  if (zone === 'Z' || zone === 'z') {
    if (second < 60) return `${y}-${mo}-${d}T${h}:${mi}:${s}${micros}Z`;
  }
  const shifted = utc(year, month - 1, day, hour, minute, second) - offsetMinutes(zone) * 60_000;
  const whole = new Date(shifted);
  if (Number.isNaN(shifted) || whole.getUTCFullYear() < 1 || whole.getUTCFullYear() > 9999) return undefined;
  return `${toSecond(whole)}${micros}Z`;
}

function trimFraction(digits: string): string {
  const kept = digits.slice(0, 6).replace(/0+$/, '');
  return kept === '' ? '' : `.${kept}`;
}

function offsetMinutes(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0');
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Date.UTC reads the years 0 to 99 as 1900 to 1999. */
function utc(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime();
}

function toSecond(date: Date): string {
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}T${pad(
    date.getUTCHours(),
  )}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

export function daysInMonth(year: number, month: number): number {
  return month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;
}

/**
 * Compares two instants. The text of both is compared, but for the end: `…05Z` is before `…05.5Z`, although
 * `Z` sorts after `.`.
 */
export function compare(a: Instant, b: Instant): number {
  if (a === b) return 0;
  const [x, y] = [a.slice(0, -1), b.slice(0, -1)];
  return x < y ? -1 : 1;
}

export const earliest = (a: Instant, b: Instant): Instant => (compare(a, b) <= 0 ? a : b);
export const latest = (a: Instant, b: Instant): Instant => (compare(a, b) >= 0 ? a : b);

/** From milliseconds since 1970. */
export const fromMillis = (millis: number): Instant => {
  const date = new Date(millis);
  return `${toSecond(date)}${trimFraction(pad(date.getUTCMilliseconds(), 3))}Z`;
};

/** Milliseconds since 1970; what is finer is cut off. */
export const toMillis = (instant: Instant): number => Date.parse(instant);

/**
 * Microseconds since 1970, for what compares instants by the thousand. Exact up to the year 2255; from there on down
 * to a few tens of them.
 */
export type Micros = number;

export const toMicros = (instant: Instant): Micros =>
  Date.parse(`${instant.slice(0, 19)}Z`) * 1000 + Number(instant.slice(20, -1).padEnd(6, '0'));

export function fromMicros(micros: Micros): Instant {
  const seconds = Math.floor(micros / 1e6);
  return `${toSecond(new Date(seconds * 1000))}${trimFraction(pad(micros - seconds * 1e6, 6))}Z`;
}

/** The whole second at or before, and at or after: Klaviyo's filters are asked in whole seconds. */
export const floorSecond = (instant: Instant): Instant => `${instant.slice(0, 19)}Z`;
export const ceilSecond = (instant: Instant): Instant =>
  instant.length === 20 ? instant : addSeconds(floorSecond(instant), 1);

/** Stops at FOREVER: a year of five digits would sort before this one. */
export const addSeconds = (instant: Instant, seconds: number): Instant => {
  const moved = toMillis(floorSecond(instant)) + seconds * 1000;
  return moved > toMillis(FOREVER) ? FOREVER : fromMillis(moved).slice(0, 19) + instant.slice(19);
};
export const addDays = (instant: Instant, days: number): Instant => addSeconds(instant, days * 86_400);

/** A length of time in the calendar, as `historical_sync_duration` gives it. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly seconds: number;
}

const UNITS: Readonly<Record<string, Duration>> = {
  day: { months: 0, days: 1, seconds: 0 },
  week: { months: 0, days: 7, seconds: 0 },
  month: { months: 1, days: 0, seconds: 0 },
  year: { months: 12, days: 0, seconds: 0 },
};

/** "3 months", "90 days", "P3M", "P1Y2M10DT2H"; undefined for anything else, and for nothing at all ("0 days"). */
export function parseDuration(text: string): Duration | undefined {
  const words = /^\s*(\d{1,6})\s*(day|week|month|year)s?\s*$/i.exec(text);
  if (words !== null) {
    const unit = UNITS[(words[2] ?? '').toLowerCase()];
    const count = Number(words[1]);
    return unit !== undefined && count > 0 ? times(unit, count) : undefined;
  }
  const iso =
    /^P(?=\d|T\d)(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/.exec(
      text.trim().toUpperCase(),
    );
  if (iso === null) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = iso
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const length: Duration = {
    months: (years ?? 0) * 12 + (months ?? 0),
    days: (weeks ?? 0) * 7 + (days ?? 0),
    seconds: (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0),
  };
  return length.months + length.days + length.seconds > 0 ? length : undefined;
}

const times = (unit: Duration, count: number): Duration => ({
  months: unit.months * count,
  days: unit.days * count,
  seconds: unit.seconds * count,
});

/**
 * The instant a duration earlier. Months are taken first and clamp to the last day of the month reached: three
 * months before 31 May is 28 or 29 February, never a day of March (which would be later, and lose rows).
 */
export function subtract(instant: Instant, duration: Duration): Instant {
  const date = new Date(toMillis(floorSecond(instant)));
  const index = date.getUTCFullYear() * 12 + date.getUTCMonth() - duration.months;
  const [year, month] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  if (year < 1970) return ORIGIN;
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month));
  const moved = utc(year, month - 1, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds());
  const result = moved - (duration.days * 86_400 + duration.seconds) * 1000;
  return result <= 0 ? ORIGIN : fromMillis(result).slice(0, 19) + instant.slice(19);
}
