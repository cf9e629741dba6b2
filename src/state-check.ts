/** What a state says that concerns the whole run: another account, another clock, another beginning. Pure. */
import { Fault, warning } from './errors.js';
import type { StreamName } from './resource.js';
import type { Bookmark, State } from './state.js';
import { addSeconds, compare, type Instant } from './time.js';

type Bookmarks = ReadonlyMap<StreamName, Bookmark>;

/**
 * A state of another account would leave out rows of this one, and would soon be mixed with its own. `unused`:
 * streams that are read whole, whatever their bookmark says. Throws KLV_STATE_ACCOUNT.
 */
export function sameAccount(bookmarks: Bookmarks, account: string, unused: ReadonlySet<StreamName>): void {
  for (const [stream, { account: other }] of bookmarks)
    if (other !== undefined && other !== account && !unused.has(stream))
      throw new Fault(
        'KLV_STATE_ACCOUNT',
        `state of ${stream} is of account ${shown(other)}, the key of ${shown(account)}`,
      );
}

const shown = (id: string): string => JSON.stringify(id.slice(0, 20));

/** Clocks that differ by less are nothing to tell of; where a history is a length of time, it begins by a clock. */
const AHEAD_SECONDS = 60;
const EARLIER_SECONDS = 3_600;

/**
 * Whole lines. `now`: the server's time; `since`: where the config has the history begin; `used`: the streams that
 * are read on from their bookmarks.
 */
export function oddities(
  bookmarks: Bookmarks,
  used: ReadonlySet<StreamName>,
  { now, since }: { readonly now: Instant; readonly since: Instant },
): readonly string[] {
  const mine = [...bookmarks].filter(([stream]) => used.has(stream));
  const ahead = mine.filter(([, { until }]) => compare(until, addSeconds(now, AHEAD_SECONDS)) > 0);
  const later = mine.filter(
    ([, { since: begun }]) => begun !== undefined && compare(addSeconds(since, EARLIER_SECONDS), begun) < 0,
  );
  const [first] = later;
  return [
    ...(ahead.length === 0
      ? []
      : [warning('KLV_STATE_AHEAD', `the state is ahead of the clock: ${names(ahead)}`)]),
    ...(first === undefined
      ? []
      : [
          warning(
            'KLV_STATE_START',
            `the history is to begin at ${since}, that of ${names(later)} began at ${first[1].since}`,
          ),
        ]),
  ];
}

/** As many names as a line has room for. */
const names = (some: readonly (readonly [StreamName, Bookmark])[]): string =>
  some.length <= 2
    ? some.map(([stream]) => stream).join(', ')
    : `${some[0]?.[0]} and ${some.length - 1} more`;

/** What is kept word for word is written again: where the key is among it, that is no state. Throws KLV_STATE_FORM. */
export function withoutKey({ bookmarks, unknown, beside }: State, key: string): void {
  if (JSON.stringify([...bookmarks.values(), ...unknown, beside]).includes(JSON.stringify(key).slice(1, -1)))
    throw new Fault('KLV_STATE_FORM', 'state: it holds the API key, so it is another file');
}
