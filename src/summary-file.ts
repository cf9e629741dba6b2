/** `--summary` and `--report`: what a run came to, in a file that is there whole or not at all. */
import {
  closeSync,
  fstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type Code, Fault } from './errors.js';
import { reasonOf, shortName } from './file.js';
import type { Io } from './io.js';
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
  print: (summary) => `${JSON.stringify(summary, null, 2)}\n`,
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
  { random, mask }: Pick<Io, 'random' | 'mask'>,
  { code: fault, print }: Form = AS_JSON,
): SummaryFile {
  const fail = (why: string): Fault => new Fault(fault, `cannot write ${shortName(path)}: ${why}`);
  /** Where it is written first, and where it belongs. */
  let places: { readonly draft: string; readonly target: string } | undefined;
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
  const find = (): typeof places => {
    const there = stats(path);
    const why = there === undefined ? undefined : unsuitable(there, given);
    if (why !== undefined) throw fail(why);
    // Behind a link, so that the link stays one.
    const target = there === undefined ? path : realpathSync(path);
    const draft = `${target}.${random().toString(36).slice(2, 10)}.tmp`;
    closeSync(openSync(draft, 'wx'));
    rmSync(draft, { force: true });
    return { draft, target };
  };
  const check = (): void => {
    places ??= attempt(find);
  };

  return {
    check,
    write(summary) {
      if (refused) return;
      check();
      if (places === undefined) return;
      const { draft, target } = places;
      attempt(() => {
        try {
          writeFileSync(draft, print(masked(summary, mask)));
          renameSync(draft, target);
        } catch (error) {
          rmSync(draft, { force: true });
          throw error;
        }
      });
    },
  };
}

const STDOUT = 1;

/** Why something that is there must not be replaced. */
function unsuitable(there: Stats, given: Given): string | undefined {
  if (there.isDirectory()) return 'it is a folder';
  if (!there.isFile()) return 'it is no file';
  if (
    isSame(
      there,
      known(() => fstatSync(STDOUT)),
    )
  )
    return 'it is what stdout goes to';
  const [flag] =
    Object.entries(given).find(([, other]) => other !== undefined && isSame(there, stats(other))) ?? [];
  return flag === undefined ? undefined : `it is the file after --${flag}`;
}

const known = (look: () => Stats): Stats | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};

/** Undefined for what is not there; what else is wrong with it shows when it is written. */
const stats = (path: string): Stats | undefined => known(() => statSync(path));

const isSame = (one: Stats, other: Stats | undefined): boolean =>
  other !== undefined && one.ino === other.ino && one.dev === other.dev;

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
