/** What the scanner found of a page, as texts: for tests that look at it, and for those that compare it with a parser. */
import { lookInto } from '../../src/klaviyo/answer.js';
import { noMends, parseJson } from '../../src/klaviyo/json.js';
import { toObject } from '../../src/klaviyo/json-api.js';
import type { ScannedPage } from '../../src/klaviyo/scan.js';
import { END, FLAGS, FOLDED, ODD, type Slot, START } from '../../src/klaviyo/scan-slots.js';
import type { Frame, Lines, Spare } from '../../src/lines.js';
import type { Body, ScannedBody } from '../../src/resource.js';

export interface FoundObject {
  readonly text: string;
  readonly odd: boolean;
  readonly folded: boolean;
  readonly id: string | undefined;
  readonly attributes: readonly (string | undefined)[];
  readonly inside: readonly (string | undefined)[];
  readonly one: readonly (string | undefined)[];
  readonly many: readonly (string | undefined)[];
  readonly others: Readonly<Record<string, string>>;
}

export function foundOf(page: ScannedPage, object: number): FoundObject {
  const { bytes, index, stride, slots } = page;
  const word = (place: number): number => index[object * stride + place] ?? 0;
  const text = (from: number, to: number): string => bytes.toString('utf8', from, to);
  const at = (slot: Slot): string | undefined =>
    word(slot) === 0 ? undefined : text(word(slot), word(slot + 1));
  const all = (of: ReadonlyMap<string, Slot>) => [...of.values()].map(at);
  return {
    text: text(word(START), word(END)),
    odd: (word(FLAGS) & ODD) !== 0,
    folded: (word(FLAGS) & FOLDED) !== 0,
    id: at(slots.id),
    attributes: all(slots.attribute),
    inside: all(slots.inside),
    one: all(slots.one),
    many: all(slots.many),
    others: Object.fromEntries(
      page.others
        .filter((other) => other.object === object)
        .map(({ nameFrom, nameTo, from, to }) => [text(nameFrom, nameTo), text(from, to)]),
    ),
  };
}

export const objectsOf = (page: ScannedPage | undefined): readonly FoundObject[] =>
  Array.from({ length: page?.count ?? 0 }, (_, object) => foundOf(page as ScannedPage, object));

/** What of a page is copied. */
export const scannedBody = (page: ScannedPage, wide: 'keep' | 'string' = 'keep'): ScannedBody =>
  lookInto(page, (json, path) => toObject(parseJson(json, noMends(), wide), 'the test', path));

/** A page as the client hands it on, whole. */
export function bodyOf(page: ScannedPage): Body {
  const scanned = scannedBody(page);
  return { data: [], included: [], find: scanned.find, scanned };
}

/** Rows, and a line feed after each. */
export const BARE: Frame = { head: new Uint8Array(0), tail: Buffer.from('\n') };
export const NONE_SPARE: Spare = { take: (least) => Buffer.alloc(least, 0xff), give: () => {} };
/** What a page is made with, where nothing of it is tested. */
export const PLAIN = { frame: (): Frame => BARE, admits: (): boolean => true, spare: NONE_SPARE };

export const textsOf = (lines: Lines | undefined): readonly string[] => {
  const texts = lines === undefined ? [] : lines.bytes.toString('utf8').split('\n').slice(0, -1);
  if (texts.length !== (lines?.count ?? 0))
    throw new Error(`${lines?.count} rows counted, ${texts.length} there`);
  return texts;
};
