/** Warnings as they are told again at the end: each once, with how often it came. */
import { atRemedy } from './errors.js';
import type { RunSummary } from './run-summary.js';

type Warning = RunSummary['warnings'][number];

/** A text may name a row: so many different ones are kept, the others are counted. */
const MOST = 200;

export interface Warnings {
  readonly add: (text: string) => void;
  readonly all: () => readonly Warning[];
}

export function createWarnings(): Warnings {
  const counts = new Map<string, number>();
  let others = 0;
  return {
    add(text) {
      const known = counts.get(text);
      if (known === undefined && counts.size >= MOST) others += 1;
      else counts.set(text, (known ?? 0) + 1);
    },
    all: () => [
      ...[...counts].map(([text, count]) => parted(text, count)),
      ...(others === 0
        ? []
        : [{ text: 'other warnings, of which only their number was kept', count: others }]),
    ],
  };
}

/** A line with a code ends in what to do, or in what is done: see `warning` and Fault. */
function parted(line: string, count: number): Warning {
  const { what, ...remedy } = line.startsWith('KLV_') ? atRemedy(line) : { what: line };
  return { text: what, ...remedy, count };
}
