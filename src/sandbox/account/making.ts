/** What the generators share: the account's clock, its chance, and the sizes asked for. */
import { DAY, isoMicros, SECOND } from '../clock.js';
import { type Random, random } from '../random.js';

export interface Making {
  /** Whole seconds, in microseconds. */
  readonly now: number;
  /** Chance of its own for each part, so that more events do not change the profiles. */
  chance(name: string): Random;
}

export function making(seed: number, nowMs: number, name = 'account'): Making {
  const now = Math.floor(nowMs / 1000) * SECOND;
  return { now, chance: (part) => random(seed, `${name}/${part}`) };
}

/** Nothing of the first account is younger than this: a first read with its upper bound a little back sees it all. */
export const SETTLED = 60 * SECOND;

/** A moment between so many days ago and so many days ago, to the microsecond. */
export function ago(chance: Random, now: number, from: number, to = 0): number {
  const latest = now - SETTLED - to * DAY;
  return Math.floor(latest - chance.next() * Math.max(0, (from - to) * DAY - SETTLED));
}

/** A moment between two, to the microsecond. */
export const between = (chance: Random, from: number, to: number): number =>
  Math.floor(from + chance.next() * (to - from));

/** `created` and a later `updated`. */
export function lifetime(chance: Random, now: number, days: number): { created: string; updated: string } {
  const created = ago(chance, now, days);
  return { created: isoMicros(created), updated: isoMicros(between(chance, created, now - SETTLED)) };
}
