/** What a user would lose if this failed: rows behind a page that was skipped, or a night to pages without an end. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../src/errors.js';
import type { Message } from '../../src/message.js';
import type { Body, Config, Resource, Slice, Stream } from '../../src/resource.js';
import type { Answer } from '../../src/sync/crawl.js';
import { createLedger } from '../../src/sync/ledger.js';
import { toPage } from '../../src/sync/page.js';
import { plan } from '../../src/sync/plan.js';
import { read } from '../../src/sync/read.js';
import { split } from '../../src/sync/split.js';
import { addSeconds, compare, type Instant, normalise, ORIGIN } from '../../src/time.js';
import { UNWATCHED } from '../../src/watch.js';
import { PLAIN, textsOf } from '../klaviyo/found.js';
import { people, STREAMS } from './world.js';

const config = { api_key: 'pk_test' } as Config;
const START: Instant = '2026-03-01T00:00:00Z';
const at = (seconds: number): Instant => addSeconds(START, seconds);
const NOW = at(100_000);

/** Of pages so large that none is cut for another reader: one chain of pages, and nothing beside it. */
const chained: Resource = { ...people, pageSize: { default: 2, max: 1_000_000 } };
const profiles = STREAMS.get('profile_v2')?.stream as Stream;

type Row = readonly [id: string, updated: Instant];
interface Served {
  readonly rows?: readonly Row[];
  readonly next?: string;
}
const EXPIRED: Answer = { kind: 'expired', fault: new Fault('KLV_REQUEST', 'of the test'), waited: 0 };

const bodyOf = ({ rows = [], next }: Served): Body => ({
  data: rows.map(([id, updated]) => ({ id, type: 'people', attributes: { updated }, relationships: {} })),
  included: [],
  find: () => undefined,
  ...(next === undefined ? {} : { next }),
});

/** One stream read from a server that answers each request, the nth, as it likes. */
async function readPeople(serve: (slice: Slice, nth: number) => Served | Answer) {
  const made = plan({
    resources: [chained],
    streams: new Map([['profile_v2', { stream: profiles, resource: chained }]]),
    chosen: [{ name: 'profile_v2', mode: 'incremental' }],
    bookmarks: new Map(),
    config,
    since: ORIGIN,
    now: NOW,
  });
  const asked: Slice[] = [];
  const log: string[] = [];
  let ticks = 0;
  const messages = read({
    plan: made,
    ledger: createLedger(made),
    watch: UNWATCHED,
    fetch: (slice): Promise<Answer> => {
      asked.push(slice);
      const answer = serve(slice, asked.length - 1);
      return Promise.resolve('kind' in answer ? answer : { kind: 'page', body: bodyOf(answer), waited: 0 });
    },
    silence: () => new Promise(() => {}),
    toPage: (slice, body) =>
      toPage(slice, body, {
        ...PLAIN,
        plan: made,
        fits: new Map([['profile_v2', (draft: object) => JSON.stringify(draft)]]),
        lookup: () => false,
      }),
    // Each page is due for a checkpoint.
    clock: { now: () => (ticks += 60_000) },
    signal: new AbortController().signal,
    log: (level, text) => void log.push(`${level} ${text}`),
  });
  const ids: string[] = [];
  /** Where the first gap begins, after each page; undefined where none is left. */
  const begins: (Instant | undefined)[] = [];
  let faults: readonly Fault[] = [];
  for (;;) {
    const next: IteratorResult<Message, readonly Fault[]> = await messages.next();
    if (next.done === true) {
      faults = next.value;
      break;
    }
    const { value } = next;
    if (value.type === 'records') for (const row of textsOf(value.lines)) ids.push(JSON.parse(row).id);
    if (value.type === 'state') begins.push(value.bookmark.gaps[0]?.[0]);
  }
  const warnings = log.filter((line) => line.startsWith('warn'));
  return { ids, begins, faults, warnings, asked, codes: faults.map(({ code }) => code) };
}

describe('P2 pages in a circle', () => {
  for (const length of [1, 2, 3, 7, 50])
    for (const before of [0, 1, 5])
      it(`of ${length}, after ${before} others: KLV_PAGE_LOOP, soon`, async () => {
        // Page n names n + 1; the last one names the first of the circle.
        const { codes, asked, ids } = await readPeople(({ pageCursor }) => {
          const n = Number(pageCursor ?? 0);
          return { rows: [[`p${n}`, at(n)]], next: String(n + 1 < before + length ? n + 1 : before) };
        });
        expect(codes).to.deep.equal(['KLV_PAGE_LOOP']);
        expect(asked.length).to.be.within(before + length, 4 * (before + length) + 2);
        expect(new Set(ids).size).to.be.at.least(before + length - 1);
      });

  it('R8 of what was passed no more is kept after thousands of pages than after one', async () => {
    let longest = 0;
    const { codes } = await readPeople((slice) => {
      longest = Math.max(longest, JSON.stringify(slice.passed ?? null).length);
      const n = Number(slice.pageCursor ?? 0);
      return { rows: [[`p${n}`, at(n)]], ...(n < 3_000 ? { next: String(n + 1) } : {}) };
    });
    expect(codes).to.deep.equal([]);
    expect(longest).to.be.within(10, 60);
  });

  it('a slice that begins again may pass the same cursors', async () => {
    const { codes, ids } = await readPeople(({ pageCursor }, nth) => {
      if (nth === 2) return EXPIRED;
      const n = Number(pageCursor ?? 0);
      return { rows: [[`p${n}`, at(n)]], ...(n < 3 ? { next: String(n + 1) } : {}) };
    });
    expect(codes).to.deep.equal([]);
    expect(new Set(ids)).to.deep.equal(new Set(['p0', 'p1', 'p2', 'p3']));
  });

  it('nor does a part that was split off know those of the other', () => {
    const passed = { cursor: 'a', since: 1, until: 2 };
    const [first, second] =
      split(
        { resource: people, from: START, to: NOW, watermark: at(10), density: 1, pageCursor: 'b', passed },
        NOW,
      ) ?? [];
    expect(first?.passed).to.equal(passed);
    expect(second).not.to.have.any.keys('passed', 'pageCursor');
  });
});

describe('the end of a listing', () => {
  it('P3 P4 H11 is where no next page is named, however short or empty pages are before', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { minLength: 1, maxLength: 30 }), async (counts) => {
        const pages = counts.map((count, page) =>
          Array.from({ length: count }, (_, n): Row => [`${page}/${n}`, at(page * 10 + n)]),
        );
        const { ids, asked, begins } = await readPeople(({ pageCursor }) => {
          const n = Number(pageCursor ?? 0);
          return { rows: pages[n] ?? [], ...(n + 1 < pages.length ? { next: String(n + 1) } : {}) };
        });
        expect(ids).to.deep.equal(pages.flat().map(([id]) => id));
        expect(asked).to.have.length(pages.length);
        expect(begins.at(-1)).to.equal(undefined);
      }),
      { numRuns: 50 },
    ));

  it('P5 is the first page, if it is full and names none', async () => {
    const rows = [
      ['a', at(1)],
      ['b', at(2)],
    ] as const;
    expect((await readPeople(() => ({ rows }))).asked).to.have.length(1);
  });

  for (const [count, warned] of [
    [999, 0],
    [1_000, 1],
    [2_500, 1],
  ] as const)
    it(`P3 ${count} empty pages in a row are read through, with ${warned} warnings`, async () => {
      const { ids, asked, warnings } = await readPeople((_, nth) =>
        nth < count ? { next: String(nth) } : { rows: [['a', at(1)]] },
      );
      expect([ids, asked.length]).to.deep.equal([['a'], count + 1]);
      expect(warnings).to.have.length(warned);
      if (warned > 0) expect(warnings[0]).to.contain('people: 1000 empty pages in a row');
    });

  it('P3 empty pages with rows in between are no word', async () => {
    const { warnings } = await readPeople((_, nth) => ({
      ...(nth % 600 === 599 ? { rows: [[`p${nth}`, at(nth)]] } : {}),
      ...(nth < 1_800 ? { next: String(nth) } : {}),
    }));
    expect(warnings).to.deep.equal([]);
  });
});

describe('P6 a page cursor that has expired', () => {
  it('starts the slice again from where it is written, three times at most', async () => {
    for (const [times, codes] of [
      [3, []],
      [4, ['KLV_REQUEST']],
    ] as const) {
      let left = times as number;
      const run = await readPeople(({ pageCursor, watermark }) => {
        if (pageCursor === undefined) return { rows: [['a', at(1)]], next: 'n' };
        if (left > 0) {
          left -= 1;
          expect(watermark).to.equal(at(1));
          return EXPIRED;
        }
        return { rows: [['b', at(2)]] };
      });
      expect(run.codes).to.deep.equal(codes);
      expect(run.asked.length).to.be.at.most(2 * 4 + 1);
      if (times === 3) expect(run.begins.at(-1)).to.equal(undefined);
      else expect(run.begins.at(-1)).to.equal(at(1));
    }
  });
});

describe('an account that changes while it is read', () => {
  /** Pages of two by a position that is a row, as the API's cursors are, over rows that change between requests. */
  const serveFrom =
    (rows: Map<string, Instant>) =>
    ({ pageCursor, from }: Slice): Served => {
      const [time = '', id = ''] = pageCursor?.split('|') ?? [];
      const all = [...rows]
        .filter(([, updated]) => compare(updated, addSeconds(from, -1)) > 0 || from === ORIGIN)
        .sort(([a, x], [b, y]) => compare(x, y) || a.localeCompare(b))
        .filter(([one, updated]) => (compare(updated, time) || one.localeCompare(id)) > 0);
      const page = all.slice(0, 2);
      const last = page.at(-1);
      return {
        rows: page,
        ...(all.length > 2 && last !== undefined ? { next: `${last[1]}|${last[0]}` } : {}),
      };
    };

  it('P9 P10 rows that are updated or deleted hide no other: each that stays comes, and an updated one again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.array(fc.tuple(fc.nat(24), fc.boolean()), { maxLength: 12 }),
        async (count, changes) => {
          const rows = new Map<string, Instant>(
            Array.from({ length: count }, (_, n) => [`p${n}`, at(n * 10)] as const),
          );
          const serve = serveFrom(rows);
          const left = [...changes];
          const { ids, faults } = await readPeople((slice, nth) => {
            const change = nth > 0 ? left.shift() : undefined;
            if (change !== undefined) {
              const [which, deleted] = change;
              if (deleted) rows.delete(`p${which}`);
              else if (rows.has(`p${which}`)) rows.set(`p${which}`, at(5_000 + nth));
            }
            return serve(slice);
          });
          expect(faults).to.deep.equal([]);
          expect(ids).to.include.members([...rows.keys()]);
        },
      ),
      { numRuns: 100 },
    ));

  it('P11 P12 rows of one second across the edge of a page: all come after a restart, and none below the bound', async () => {
    const rows = new Map<string, Instant>(
      Array.from({ length: 41 }, (_, n) => [`p${String(n).padStart(2, '0')}`, at(7)] as const),
    );
    rows.set('below', normalise('2026-03-01T00:00:06.5Z') ?? '');
    const serve = serveFrom(rows);
    const { ids, faults, warnings, asked } = await readPeople((slice, nth) =>
      nth === 9 ? EXPIRED : serve(slice),
    );
    expect(faults).to.deep.equal([]);
    expect(new Set(ids).size).to.equal(42);
    // The slice that starts again is bounded by what was written: `below` is answered and dropped.
    expect(asked.some(({ from }) => from === at(7))).to.equal(true);
    expect(ids.filter((id) => id === 'below')).to.have.length(1);
    expect(warnings).to.deep.equal([]);
  });
});

describe('P13 pages that do not come in order', () => {
  const shuffled: readonly (readonly Row[])[] = [
    [
      ['a', at(10)],
      ['b', at(20)],
    ],
    [
      ['c', at(40)],
      ['d', at(30)],
    ],
    [
      ['e', at(50)],
      ['f', at(60)],
    ],
    [
      ['g', at(70)],
      ['h', at(80)],
    ],
  ];
  const serve =
    (pages: readonly (readonly Row[])[]) =>
    ({ pageCursor }: Slice): Served => {
      const n = Number(pageCursor ?? 0);
      return { rows: pages[n] ?? [], ...(n + 1 < pages.length ? { next: String(n + 1) } : {}) };
    };

  it('bring all rows, one warning, and no bookmark behind the first of them before the end', async () => {
    const { ids, begins, warnings, faults } = await readPeople(serve(shuffled));
    expect(ids).to.have.length(8);
    expect(faults).to.deep.equal([]);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('people: pages do not come in order');
    expect(begins.slice(1)).to.deep.equal([at(20), at(20), at(20), undefined]);
  });

  it('nor where a page goes back behind the one before it', async () => {
    const pages = [
      [...(shuffled[0] ?? [])],
      [['z', at(15)] as const],
      [...(shuffled[2] ?? [])],
      [['y', at(5)] as const],
    ];
    const { ids, begins, warnings } = await readPeople(serve(pages));
    expect(ids).to.deep.equal(['a', 'b', 'z', 'e', 'f', 'y']);
    expect(warnings).to.have.length(1);
    expect(begins.slice(1)).to.deep.equal([at(20), at(20), at(20), undefined]);
  });

  it('in order there is no word, and the bookmark moves with each page', async () => {
    const pages = shuffled.map((rows) => [...rows].sort(([, x], [, y]) => compare(x, y)));
    const { begins, warnings } = await readPeople(serve(pages));
    expect(warnings).to.deep.equal([]);
    expect(begins.slice(1)).to.deep.equal([at(20), at(40), at(60), undefined]);
  });
});
