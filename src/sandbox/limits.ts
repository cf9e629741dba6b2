/** The limits of an account: for each endpoint, a burst in each second and a steady rate in each minute. */
import type { Limit } from './endpoint.js';
import { Refusal } from './refusal.js';

interface Window {
  second: number;
  inSecond: number;
  minute: number;
  inMinute: number;
  /** What another key has taken of this minute. */
  rival: number;
}

/** What an account without limits says, so that a client which heeds the headers does not hold back. */
export const UNLIMITED = { 'RateLimit-Limit': '1000000, 1000000;w=1, 1000000;w=60' };

export type Limits = (name: string, limit: Limit, now: number) => { readonly [header: string]: string };

/**
 * Fixed windows: what a refused request costs is told by the window it fell into. `rival`: the share of each minute's
 * allowance that another key of the account takes, evenly, as long as there is some left.
 */
export function accountLimits(rival = 0): Limits {
  const windows = new Map<string, Window>();
  return (name, limit, now) => {
    const second = Math.floor(now / 1000);
    const minute = Math.floor(now / 60_000);
    const window = windows.get(name) ?? { second, inSecond: 0, minute, inMinute: 0, rival: 0 };
    windows.set(name, window);
    if (window.second !== second) Object.assign(window, { second, inSecond: 0 });
    if (window.minute !== minute) Object.assign(window, { minute, inMinute: 0, rival: 0 });

    const taken = (at: number) => Math.floor(limit.steady * rival * (at / 60_000 - minute));
    window.rival = Math.max(window.rival, Math.min(taken(now), limit.steady - window.inMinute));
    const justTaken = Math.max(0, window.rival - taken(second * 1000));

    const minuteLeft = Math.max(1, Math.ceil(((minute + 1) * 60_000 - now) / 1000));
    if (window.inMinute + window.rival >= limit.steady) throw throttled(minuteLeft);
    if (window.inSecond + justTaken >= limit.burst) throw throttled(1);
    window.inSecond++;
    window.inMinute++;
    return {
      'RateLimit-Limit': `${limit.steady}, ${limit.burst};w=1, ${limit.steady};w=60`,
      'RateLimit-Remaining': String(limit.steady - window.inMinute - window.rival),
      'RateLimit-Reset': String(minuteLeft),
    };
  };
}

const throttled = (seconds: number) =>
  new Refusal(
    429,
    'throttled',
    'Request was throttled.',
    `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`,
    { headers: { 'Retry-After': String(seconds) } },
  );
