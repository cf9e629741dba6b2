/** How rows lie in time: the moment of a row follows from its index, so that none of them has to be kept. */

const MONTHS = 36;
/** The two months that hold nine rows out of ten. */
const BUSY: readonly number[] = [10, 22];
const BUSY_SHARE = 0.45;

const WEIGHTS: readonly number[] = Array.from({ length: MONTHS }, (_, month) => 1 + ((month * 5) % 7));
const QUIET = WEIGHTS.reduce((sum, weight, month) => (BUSY.includes(month) ? sum : sum + weight), 0);
const SHARES = WEIGHTS.map((weight, month) =>
  BUSY.includes(month) ? BUSY_SHARE : (weight / QUIET) * (1 - BUSY.length * BUSY_SHARE),
);
/** Of the rows, what lies before each month, and before the end. */
const BEFORE = Array.from({ length: MONTHS + 1 }, (_, month) =>
  SHARES.slice(0, month).reduce((sum, share) => sum + share, 0),
);

/** Never falls from one index to the next. In microseconds, within [from, to). */
export type Moments = (index: number) => number;

/** The inverse of the cumulative density. */
export function moments(count: number, from: number, to: number): Moments {
  const month = (to - from) / MONTHS;
  return (index) => {
    const share = (index + 0.5) / count;
    let at = 0;
    while (at < MONTHS - 1 && (BEFORE[at + 1] ?? 1) <= share) at++;
    const start = BEFORE[at] ?? 0;
    const within = Math.min(1, (share - start) / ((BEFORE[at + 1] ?? 1) - start));
    return Math.floor(from + Math.min(MONTHS, at + within) * month);
  };
}
