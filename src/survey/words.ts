/** Figures and spans as a person reads them. */

import type { Range } from '../sync/ranges.js';
import { FOREVER, type Instant, ORIGIN } from '../time.js';
import type { Count } from './count.js';
import type { Outlook, Pace } from './outlook.js';

const number = (value: number): string => value.toLocaleString('en');

export function countText({ least, most }: Count): string {
  if (most === undefined) return `${number(least)} or more`;
  return least === most ? number(least) : `${number(least)} to ${number(most)}`;
}

/** Minutes, rounded up: nobody plans by seconds. */
export function timeText({ least, most }: Count): string {
  const [from, to] = [Math.ceil(least), most === undefined ? undefined : Math.ceil(most)];
  const hours = (to ?? from) >= 180;
  const unit = (minutes: number): number => (hours ? Math.ceil(minutes / 60) : minutes);
  const word = (count: number): string =>
    `${number(count)} ${hours ? 'hour' : 'minute'}${count === 1 ? '' : 's'}`;
  if (to === undefined) return from <= 1 ? 'seconds or more' : `${word(unit(from))} or more`;
  if (to <= 1) return 'less than a minute';
  return unit(from) === unit(to) ? `about ${word(unit(to))}` : `${number(unit(from))} to ${word(unit(to))}`;
}

const paceText = ({ resource, requests }: Pace): string =>
  `${resource} (${number(requests)} requests a minute)`;

/** Of something that is read: how long, what of, and what is not known. Empty where there is nothing to say. */
export interface OutlookText {
  readonly time: string;
  readonly sizes: string;
  readonly unknown: string;
}

export function outlookText({ requests, minutes, boundBy, counts, unknown }: Outlook): OutlookText {
  const bound =
    boundBy.length === 0 || (minutes.most ?? minutes.least) <= 1 ? '' : `, bound by ${boundBy.join(' and ')}`;
  return {
    time: `${timeText(minutes)}, ${countText(requests)} request${requests.most === 1 ? '' : 's'}${bound}`,
    sizes: [...counts].map(([name, count]) => `${countText(count)} ${name}`).join(', '),
    unknown: unknown.map(paceText).join(', '),
  };
}

const edge = (instant: Instant): string => (instant === ORIGIN ? 'the beginning' : instant);

/** `now`: the end of what can be read. */
export const rangeText = ({ from, to }: Range, now?: Instant): string =>
  `${edge(from)} to ${to === now || to === FOREVER ? 'now' : to}`;
