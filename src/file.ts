/**
 * JSON that comes from outside by a flag: read, parsed, checked for shape. No line that is made here holds any of a
 * file's content, for a config holds a key, and the runtime's own messages quote it.
 */
import { readFileSync } from 'node:fs';
import { type Code, Fault } from './errors.js';
import { firstError } from './json-syntax.js';
import { oneLine } from './log.js';
import { parseKept } from './numbers.js';

/** The text of a file, without its byte order mark. Bytes that are not UTF-8 come as U+FFFD. Throws `code`. */
export const readText = (path: string, code: Code): string => textIn(readBytes(path, code));

export const textIn = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\uFEFF/, '');

/** Throws `code`. */
export function readBytes(path: string, code: Code): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Fault(code, `cannot read ${shortName(path)}: ${reasonOf(error)}`);
  }
}

/** Why the system refuses a file. */
export function reasonOf(error: unknown): string {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return REASONS[reason] ?? reason;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/**
 * The document in the text of a file, with every number as it is written. Throws `code`, which names the byte (from 0)
 * where the text stops being JSON.
 */
export const parseFile = (text: string, path: string, code: Code): unknown =>
  parseText(
    text,
    code,
    (at) => `${shortName(path)}, byte ${Buffer.byteLength(text.slice(0, at))}`,
    parseKept,
  );

/** The document in a text. Throws `code`, which names line and column (from 1) where it stops being JSON. */
export function parseJson(text: string, name: string, code: Code): unknown {
  const kept = text.replace(/^\uFEFF/, '');
  return parseText(kept, code, (at) => {
    const before = kept.slice(0, at).split('\n');
    return `${shortName(name)} line ${before.length}, column ${[...(before.at(-1) ?? '')].length + 1}`;
  });
}

function parseText(
  text: string,
  code: Code,
  place: (at: number) => string,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  try {
    return parse(text);
  } catch {
    // In UTF-16 every second byte of plain text is NUL, and the byte order mark is no UTF-8.
    if (/^(?:\uFFFD\uFFFD|.?\0)/s.test(text)) throw new Fault(code, `${place(0)}: the text is UTF-16`);
    const { at, expected } = firstError(text) ?? { at: 0, expected: 'JSON' };
    const end = at < text.length ? '' : ', got the end of the file';
    const what = text.trim() === '' ? 'the file is empty' : `expected ${expected}${end}`;
    throw new Fault(code, `${place(at)}: ${what}`);
  }
}

/** The end of a path says more than its beginning, and a line is to stay within 200 characters. */
export function shortName(path: string): string {
  const plain = oneLine(path);
  return plain.length <= 60 ? plain : `…${plain.slice(-59)}`;
}

/** A value that does not have the shape that was asked for. */
export interface Misfit {
  /** `streams[0].name`; empty for the root. */
  readonly path: string;
  readonly expected: string;
  readonly value: unknown;
}

/** Whether a value has a shape; `errors` tells of the last one that had not. */
export interface Check {
  (value: unknown): boolean;
  readonly errors?:
    | readonly {
        readonly keyword: string;
        readonly instancePath: string;
        readonly params: Readonly<Record<string, unknown>>;
        readonly parentSchema?: Readonly<Record<string, unknown>>;
        readonly data?: unknown;
      }[]
    | null;
}

/** What does not fit, and where, as a line tells it. */
export function shapeOf(check: Check): (value: unknown) => Misfit | undefined {
  return (value) => {
    if (check(value)) return undefined;
    const error = check.errors?.[0];
    const missing: unknown = error?.keyword === 'required' ? error.params.missingProperty : undefined;
    const parts = (error?.instancePath ?? '').split('/').slice(1);
    const at = typeof missing === 'string' ? [...parts, missing] : parts;
    return {
      path: at.reduce(
        (path, part) => path + (/^\d+$/.test(part) ? `[${part}]` : `${path && '.'}${part}`),
        '',
      ),
      expected: missing === undefined ? expectation(error?.parentSchema ?? {}) : 'there',
      value: missing === undefined ? error?.data : undefined,
    };
  };
}

/** What a schema asks for, in words that follow "must be". */
function expectation(schema: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  const types = [schema.type].flat().filter((type) => type !== 'null');
  return types.map((type) => `${TYPES[String(type)] ?? String(type)}${bounds(schema)}`).join(' or ');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
};

function bounds({
  minimum,
  exclusiveMinimum,
  maximum,
  pattern,
  items,
}: Readonly<Record<string, unknown>>): string {
  const limits = [
    minimum === undefined ? [] : `from ${minimum}`,
    exclusiveMinimum === undefined ? [] : `above ${exclusiveMinimum}`,
    maximum === undefined ? [] : minimum === undefined ? `at most ${maximum}` : `to ${maximum}`,
  ].flat();
  const joined = limits.join(minimum === undefined ? ' and ' : ' ');
  const inside = (items as { readonly type?: unknown } | undefined)?.type;
  return [
    joined === '' ? '' : ` ${joined}`,
    pattern === undefined ? '' : ' of letters and digits',
    inside === 'string' ? ' of strings' : '',
  ].join('');
}

/** Text for a line: what must be, and what is, as `show` tells it. */
export const tellMisfit = (
  { path, expected, value }: Misfit,
  root: string,
  show: (value: unknown) => string,
): string =>
  value === undefined ? `${path} is missing` : `${path || root} must be ${expected}, got ${show(value)}`;

/** A JSON value's type, in one word. */
export const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
