/** `--summary` and `--report`: what a run came to, in a file that is there whole or not at all. */
import { fstatSync, type Stats, statSync } from 'node:fs';
import { type Code, Fault } from './errors.js';
import { reasonOf, shortName } from './file.js';
import type { Io } from './io.js';
import { printJson } from './numbers.js';
import { placeOf, replaceFile, tryReplacing } from './replace-file.js';
import type { RunSummary } from './run-summary.js';

/** Files that the run is given, by their flags: a name mistaken for another would be the end of them. */
type Given = Readonly<Record<string, string | undefined>>;

/** What such a file says, and what its fault is called. */
export interface Form {
  readonly code: Code;
  readonly print: (summary: RunSummary) => string;
}

export const AS_JSON: Form = {
  code: 'KLV_SUMMARY_FILE',
  print: (summary) => `${printJson(summary, 2)}\n`,
};

export interface SummaryFile {
  /** To be asked before anything is read. Throws the form's fault. */
  readonly check: () => void;
  /** Does nothing where the check has failed. Throws the form's fault. */
  readonly write: (summary: RunSummary) => void;
}

export function summaryFile(
  path: string,
  given: Given,
  { mask }: Pick<Io, 'mask'>,
  { code: fault, print }: Form = AS_JSON,
): SummaryFile {
  const fail = (why: string): Fault => new Fault(fault, `cannot write ${shortName(path)}: ${why}`);
  let checked = false;
  let refused = false;

  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      refused = true;
      if (error instanceof Fault) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw fail(code === 'ENOENT' || code === 'ENOTDIR' ? 'no such folder' : reasonOf(error));
    }
  };
  const check = (): void => {
    if (checked) return;
    attempt(() => {
      const why = unsuitable(path, given);
      if (why !== undefined) throw fail(why);
      tryReplacing(path);
    });
    checked = true;
  };

  return {
    check,
    write(summary) {
      if (refused) return;
      check();
      const bytes = Buffer.from(print(masked(summary, mask)));
      attempt(() => replaceFile(path, bytes, { like: stats(path), owner: 'kept if allowed' }));
    },
  };
}

/** By descriptor. */
const STREAMS = { stdout: 1, stderr: 2 } as const;

/** Why what is there must not be replaced, or what is to be there cannot be made. */
function unsuitable(path: string, given: Given): string | undefined {
  const there = stats(path);
  if (there?.isDirectory() === true) return 'it is a folder';
  if (there?.isFile() === false) return 'it is no file';
  const [stream] =
    Object.entries(STREAMS).find(([, fd]) =>
      isSame(
        there,
        known(() => fstatSync(fd)),
      ),
    ) ?? [];
  if (stream !== undefined) return `it is what ${stream} goes to`;
  const [flag] =
    Object.entries(given).find(([, other]) => other !== undefined && leadsTo(other, path, there)) ?? [];
  return flag === undefined ? undefined : `it is the file after --${flag}`;
}

/** The same file under whatever name, or the same place where no file is yet. */
const leadsTo = (other: string, path: string, there: Stats | undefined): boolean =>
  isSame(there, stats(other)) || (there === undefined && known(() => placeOf(other)) === placeOf(path));

const known = <Known>(look: () => Known): Known | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};

/** Undefined for what is not there; what else is wrong with it shows when it is written. */
const stats = (path: string): Stats | undefined => known(() => statSync(path));

const isSame = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;

/** Text and names alone: a piece of a secret that looks like a number must not break the document. */
function masked<Document>(document: Document, mask: (text: string) => string): Document {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return mask(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), walk(one)]));
  };
  return walk(document) as Document;
}
