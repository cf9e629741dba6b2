/** Instants in the bytes of a page: what Klaviyo writes nearly always is read, and written, without text of it. */
import type { Copied, LineWriter } from './lines.js';
import { daysInMonth, type Micros, normalise, toMicros } from './time.js';

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 48 && c <= 57;

/** Two digits as a number; for what are none, one larger than any part of a date. */
function two(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 48;
  const ones = (bytes[at + 1] as number) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000_000;
}

/** Days since 1970-01-01 in the Gregorian calendar; the year is taken to begin in March, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Where the fraction's digits end that are kept: six of them, and no zero at the end. */
function fractionEnd(bytes: Uint8Array, dot: number): number {
  let end = dot + 1;
  while (end < dot + 7 && isDigit(bytes[end])) end += 1;
  return end;
}

/** `2026-01-02T03:04:05`, a fraction of up to six digits, `Z` or `+00:00`; NaN for any other form. */
function usual(bytes: Uint8Array, from: number, to: number): Micros {
  if (to - from < 20) return Number.NaN;
  if (
    bytes[from + 4] !== 45 ||
    bytes[from + 7] !== 45 ||
    bytes[from + 10] !== 84 ||
    bytes[from + 13] !== 58 ||
    bytes[from + 16] !== 58
  )
    return Number.NaN;
  const year = two(bytes, from) * 100 + two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const hour = two(bytes, from + 11);
  const minute = two(bytes, from + 14);
  const second = two(bytes, from + 17);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59)
    return Number.NaN;
  if (day < 1 || (day > 28 && day > daysInMonth(year, month))) return Number.NaN;
  let micros = 0;
  let at = from + 19;
  if (bytes[at] === 46) {
    const end = fractionEnd(bytes, at);
    if (end === at + 1) return Number.NaN;
    for (let i = at + 1; i < at + 7; i += 1) micros = micros * 10 + (i < end ? (bytes[i] as number) - 48 : 0);
    at = end;
  }
  const isUtc =
    (to - at === 1 && bytes[at] === 90) ||
    (to - at === 6 &&
      bytes[at] === 43 &&
      bytes[at + 1] === 48 &&
      bytes[at + 2] === 48 &&
      bytes[at + 3] === 58 &&
      bytes[at + 4] === 48 &&
      bytes[at + 5] === 48);
  if (!isUtc) return Number.NaN;
  return ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60e6 + second * 1e6 + micros;
}

const textAt = (bytes: Buffer, from: number, to: number): string | undefined =>
  normalise(bytes.toString('utf8', from, to));

/** The instant of a JSON string at [from, to), quotes included; NaN for what is none. */
export function microsAt(bytes: Buffer, from: number, to: number): Micros {
  if (bytes[from] !== 34) return Number.NaN;
  const micros = usual(bytes, from + 1, to - 1);
  if (!Number.isNaN(micros)) return micros;
  const instant = textAt(bytes, from + 1, to - 1);
  return instant === undefined ? Number.NaN : toMicros(instant);
}

/** Writes it as `normalise` does, in quotes; false, and nothing is written, for what is none. */
export function writeInstant(out: LineWriter, source: Copied, from: number, to: number): boolean {
  const { bytes } = source;
  if (bytes[from] !== 34) return false;
  if (Number.isNaN(usual(bytes, from + 1, to - 1))) {
    const instant = textAt(bytes, from + 1, to - 1);
    if (instant === undefined) return false;
    out.write(`"${instant}"`);
    return true;
  }
  let end = from + 20;
  if (bytes[end] === 46) {
    end = fractionEnd(bytes, end);
    while (bytes[end - 1] === 48) end -= 1;
    if (bytes[end - 1] === 46) end -= 1;
  }
  out.copy(source, from, end);
  out.byte(90);
  out.byte(34);
  return true;
}
