/** Instants as whole microseconds since 1970, which a double holds exactly until the year 2255. */
export const SECOND = 1_000_000;
export const DAY = 86_400 * SECOND;

/** As Klaviyo writes most instants: `2026-06-23T00:15:23.918411+00:00`. */
export function isoMicros(micros: number): string {
  const seconds = Math.floor(micros / SECOND);
  const fraction = String(micros - seconds * SECOND).padStart(6, '0');
  return `${isoStart(seconds)}.${fraction}+00:00`;
}

/** As it writes the time of an event, which has whole seconds. */
export const isoSeconds = (micros: number): string => `${isoStart(Math.floor(micros / SECOND))}+00:00`;

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
let known = { day: 0, text: '1970-01-01' };

/** Instants come in order, mostly: the day is seldom another than the last one. */
function isoStart(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  if (known.day !== day) known = { day, text: new Date(day * 86_400_000).toISOString().replace(/T.*/, '') };
  const rest = seconds - day * 86_400;
  const minutes = Math.floor(rest / 60);
  return `${known.text}T${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[rest % 60]}`;
}

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Undefined for what is no instant; one without an offset is taken for UTC, as Klaviyo does. */
export function parseInstant(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const ms = Date.parse(`${date}T${time}:${second}${offset}`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0'));
}
