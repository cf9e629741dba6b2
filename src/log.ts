/** Lines for people. The one place where text that leaves the process is masked. */
import type { Fault } from './errors.js';
import type { Io } from './io.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';
/** `aside`: what is true of this moment alone, behind a text that may come again. */
export type Log = (level: Level, text: string, aside?: string) => void;

/** Hides every secret it was told of so far. */
export interface Mask {
  (text: string): string;
  readonly hide: (...secrets: readonly string[]) => void;
}

export function createMask(): Mask {
  const secrets = new Set<string>();
  let mask = masker([]);
  return Object.assign((text: string) => mask(text), {
    hide: (...more: readonly string[]): void => {
      for (const secret of more) secrets.add(secret);
      mask = masker([...secrets]);
    },
  });
}

/** A piece of a secret of so many characters helps whoever tries to guess the rest. */
const PIECE = 8;

/**
 * Hides a secret in every form it may have taken (plain, URL-encoded, in JSON, in base64), and every piece of a form.
 * Only secrets that are shorter than a piece are hidden as a whole alone.
 */
export function masker(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [
      secret,
      secret.toLowerCase(),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      ...[0, 1, 2].map((before) => inBase64(secret, before)),
    ])
    .filter((form) => form.length >= 4);
  const short = [...new Set(forms.filter(({ length }) => length < PIECE))].sort(
    (a, b) => b.length - a.length,
  );
  const pieces = new Set(
    forms.flatMap((form) =>
      Array.from({ length: Math.max(0, form.length - PIECE + 1) }, (_, at) => form.slice(at, at + PIECE)),
    ),
  );
  return (text) =>
    short.reduce((masked, form) => masked.replaceAll(form, '***'), withoutPieces(text, pieces));
}

/** One pass: where a piece begins, all that overlaps with it goes too. */
function withoutPieces(text: string, pieces: ReadonlySet<string>): string {
  if (pieces.size === 0) return text;
  let masked = '';
  let kept = 0;
  for (let at = 0; at + PIECE <= text.length; at += 1) {
    if (!pieces.has(text.slice(at, at + PIECE))) continue;
    if (at > kept || kept === 0) masked += `${text.slice(kept, at)}***`;
    kept = at + PIECE;
  }
  return kept === 0 ? text : masked + text.slice(kept);
}

/** What base64 makes of a secret behind so many other bytes: only the characters that are of the secret alone. */
const inBase64 = (secret: string, before: number): string =>
  Buffer.from(`${' '.repeat(before)}${secret}`)
    .toString('base64')
    .slice(Math.ceil((before * 8) / 6), Math.floor(((before + Buffer.byteLength(secret)) * 8) / 6));

/** A name in the data may hold a line feed, a terminal's escape or a change of direction; a log line stays one line. */
export const oneLine = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => (char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
  );

/** More of a line than anybody reads. */
const LINE = 4_000;

/**
 * Nobody's address or number, and no filter's value: who reads a log is not who may read the data. Cut, too: what an
 * answer brings may be long, and its time is that of its square here.
 */
export const impersonal = (text: string): string =>
  (text.length <= LINE ? text : `${text.slice(0, LINE)}...`)
    .replace(/(\bhttps?:\/\/[^\s?]{1,2000})\?\S*/gi, '$1?...')
    .replace(
      /[^\s@"'<>()[\]{},;:/=]{1,64}@[^\s@"'<>()[\]{},;:/=.]{1,63}(?:\.[^\s@"'<>()[\]{},;:/=.]{1,63}){1,8}/g,
      '***@***',
    )
    .replace(/\+\d{7,15}\b/g, '+***');

/** How a text becomes a line for people. */
export const forPeople = (text: string): string => oneLine(impersonal(text));

/** A line and what is said beside it. */
export const withAside = (text: string, aside: string | undefined): string =>
  aside === undefined ? text : `${text} (${aside})`;

/** stderr for people: a level and a line; debug lines only where they were asked for. */
export function talk(io: Io, debug: boolean): Log {
  const word: Readonly<Record<Level, string>> = {
    debug: 'DEBUG',
    info: 'INFO',
    warn: 'WARNING',
    error: 'CRITICAL',
  };
  return (level, text, aside) => {
    if (level !== 'debug' || debug) io.err(`${word[level]} ${forPeople(io.mask(withAside(text, aside)))}\n`);
  };
}

/** The line of what ended a run, and above it what helps whoever mends it. */
export function tellFault({ code, cause, message }: Fault, io: Io): void {
  const above =
    code === 'KLV_BUG' && cause instanceof Error
      ? cause.stack
      : code === 'KLV_USAGE' && typeof cause === 'string'
        ? cause
        : undefined;
  for (const line of above?.split('\n') ?? []) io.err(`${forPeople(io.mask(line))}\n`);
  talk(io, false)('error', message);
}
