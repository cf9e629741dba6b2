/** Positions as a person reads them. Whole lines. */
import { type OutlookText, rangeText } from '../survey/words.js';
import type { Range } from '../sync/ranges.js';
import { table } from '../table.js';
import { compare, type Instant } from '../time.js';
import type { Move } from './move.js';
import type { Next, Place } from './places.js';

/** How much of a last cell is shown where there is no terminal to ask. */
const WIDTH = 120;

export interface Look {
  /** Of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
  /** The end of what a read would bring. */
  readonly now: Instant;
}

const PROGRESS = {
  ranged: 'by time',
  walked: 'by group',
  whole: 'at its end',
} as const satisfies Record<Place['progress'], string>;

export const placesTable = (places: readonly Place[], { columns, now }: Look): string[] =>
  table(
    [
      ['STREAM', 'POSITION', 'GAPS', 'PROGRESS', 'MOVES', 'THE NEXT READ'],
      ...places.map(({ stream, position, gaps, progress, rule, next }) => [
        stream,
        position ?? (next?.kind === 'first' ? 'never read' : '-'),
        gaps.length === 0 ? '-' : String(gaps.length),
        PROGRESS[progress],
        rule.moves ? 'yes' : 'no',
        nextText(next, now),
      ]),
    ],
    { width: columns ?? WIDTH },
  );

/** More ranges than a person compares. */
const MOST = 3;

function nextText(next: Next | undefined, now: Instant): string {
  if (next === undefined) return 'leaves it out, as the catalog does';
  if (next.kind === 'whole') return 'all of it';
  const ranges = next.ranges.slice(0, MOST).map((range) => rangeText(range, now));
  const rest = next.ranges.length - ranges.length;
  const text = [...ranges, ...(rest > 0 ? [`${rest} more ranges`] : [])].join('; ') || 'nothing';
  return next.kind === 'first' ? `for the first time: ${text}` : text;
}

const WAYS = {
  ranged: 'by the time that its pages have reached',
  walked: 'group by group, in the order in which they were created',
  whole: 'only at the end of a run, when all of it is written',
} as const satisfies Record<Place['progress'], string>;

export function placeDetail(place: Place, { columns, now }: Look): string[] {
  const { stream, position, gaps, bookmark, progress, resource, rule, next } = place;
  const walk = (bookmark?.gaps ?? []).flatMap(([, , groups]) => groups ?? []);
  const facts: (readonly [string, string])[] = [
    ['position', positionText(position, gaps)],
    ...gaps.map((gap, index) => [index === 0 ? 'gaps' : '', rangeText(gap, now)] as const),
    ...walk.map(
      ({ after, open }) =>
        ['walk', `groups created before ${after} are done, but for ${Object.keys(open).length}`] as const,
    ),
    ...(bookmark?.since === undefined ? [] : [['history', `from ${bookmark.since}`] as const]),
    ...(bookmark?.reread === undefined ? [] : [['read whole', `last begun at ${bookmark.reread}`] as const]),
    ...(bookmark?.account === undefined ? [] : [['account', bookmark.account] as const]),
    ['progress', `is told ${WAYS[progress]}`],
    ['endpoint', `${resource.path}${resource.cursor === undefined ? '' : `, by ${resource.cursor.field}`}`],
    [
      'moves',
      rule.moves ? `yes; rows that a move leaves out ${rule.passed}` : `no: ${rule.why}; ${rule.instead}`,
    ],
    ['next read', nextText(next, now)],
  ];
  return [
    stream,
    ...table(
      facts.map(([name, text]) => [`  ${name}`, text]),
      { width: columns ?? WIDTH },
    ),
  ];
}

function positionText(position: Instant | undefined, gaps: readonly Range[]): string {
  if (position === undefined) return 'none: it was never read';
  const but = gaps.length === 0 ? '' : `, except ${gaps.length === 1 ? 'one gap' : `${gaps.length} gaps`}`;
  return `${position}: everything before it is read${but}`;
}

function wayTo(to: Instant, position: Instant | undefined): string {
  if (position === undefined) return 'is put to';
  if (position === to) return 'stays at';
  return compare(position, to) < 0 ? 'moves on to' : 'moves back to';
}

/** `place`: as it is moved; `position`: where it was. */
export function moveText(
  { stream, rule }: Place,
  position: Instant | undefined,
  { bookmark, leftOut, again }: Move,
  { columns, now }: Look,
): string[] {
  const to = bookmark.until;
  const from = position === undefined || position === to ? '' : `, from ${position}`;
  const head = `${stream} ${wayTo(to, position)} ${to}${from}`;
  const facts = [
    ...again.map((range, index) => [index === 0 ? '  read again' : '', rangeText(range, now)]),
    ...leftOut.map((range, index) => [index === 0 ? '  left out' : '', rangeText(range, now)]),
    ...(leftOut.length > 0 && rule.moves ? [['', `rows there ${rule.passed}`]] : []),
  ];
  return [head, ...table(facts, { width: columns ?? WIDTH })];
}

/** Whether the account was asked for its sizes, and has told any. */
export type Asked = 'answered' | 'not answered' | 'not asked';

const UNKNOWN = {
  'not answered': 'not known: no answer came',
  'not asked': 'not known: with --config, the account is asked for its sizes',
} as const satisfies Partial<Record<Asked, string>>;

/** How long the next read takes. */
export function outlookLines(
  { time, sizes, unknown }: OutlookText,
  asked: Asked,
  { columns }: Look,
): string[] {
  const facts =
    asked === 'answered'
      ? [
          ['it would read', sizes],
          ['it would take', time],
          ...(unknown === '' ? [] : [['on top', `of unknown size: ${unknown}`]]),
        ]
      : [
          ['it would take', UNKNOWN[asked]],
          ['the limits allow', unknown],
        ];
  return table(facts, { width: columns ?? WIDTH });
}
