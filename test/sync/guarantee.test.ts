/**
 * What a user would lose if this failed: rows. Random accounts that change between runs, requests that fail, runs
 * that are killed after any message; each run resumes from the last state that was written.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../src/errors.js';
import type { Message } from '../../src/message.js';
import type { Config, Json, Slice, StreamName } from '../../src/resource.js';
import type { Bookmark } from '../../src/state.js';
import { parseState } from '../../src/state.js';
import type { Answer } from '../../src/sync/crawl.js';
import { createLedger, type Ledger } from '../../src/sync/ledger.js';
import { toPage } from '../../src/sync/page.js';
import { plan } from '../../src/sync/plan.js';
import { read } from '../../src/sync/read.js';
import { addSeconds, compare, type Instant, ORIGIN } from '../../src/time.js';
import { UNWATCHED } from '../../src/watch.js';
import { PLAIN, textsOf } from '../klaviyo/found.js';
import {
  answer,
  campaigns,
  groups,
  happenings,
  keyOf,
  kinds,
  members,
  people,
  RESOURCES,
  STREAMS,
  type Thing,
} from './world.js';

const config = { api_key: 'pk_test' } as Config;
const START: Instant = '2026-03-01T00:00:00Z';
const chosen = [...STREAMS.keys()].map((name) => ({
  name,
  mode: STREAMS.get(name)?.stream.cursor === undefined ? ('full_refresh' as const) : ('incremental' as const),
}));

interface Delivered {
  readonly stream: StreamName;
  readonly row: { readonly id: string; readonly version: number };
}

interface Run {
  readonly delivered: readonly Delivered[];
  readonly bookmarks: ReadonlyMap<StreamName, Bookmark>;
  readonly ended: boolean;
  readonly requests: readonly Slice[];
  /** Resources of which something was gone when it was asked. */
  readonly gone: readonly string[];
  /** Each state as it was written, with how many rows were before it. */
  readonly states: readonly { stream: StreamName; bookmark: Bookmark; after: number }[];
}

/** A way to get the order of operations wrong. */
interface Mutant {
  readonly ledger?: (right: Ledger) => Ledger;
  /** States are written before the rows they cover. */
  readonly stateFirst?: true;
}

interface RunOptions {
  readonly mutant?: Mutant;
  /** Whether what a slice asks for was deleted after it was listed. */
  readonly deleted?: (slice: Slice) => boolean;
  readonly things: readonly Thing[];
  readonly now: Instant;
  readonly bookmarks: ReadonlyMap<StreamName, Bookmark>;
  readonly killAfter?: number;
  readonly fails?: (slice: Slice) => boolean;
  /** Whether the page cursor of a slice has expired. */
  readonly expires?: (slice: Slice) => boolean;
  /** Which of the requests under way is answered first. */
  readonly order?: (count: number) => number;
  /** State with each page, as a run with large pages has it. */
  readonly eager?: boolean;
}

async function runOnce({
  things,
  now,
  bookmarks,
  killAfter = Number.POSITIVE_INFINITY,
  fails,
  expires,
  mutant,
  deleted,
  order,
  eager,
}: RunOptions): Promise<Run> {
  const made = plan({
    resources: RESOURCES,
    streams: STREAMS,
    chosen,
    bookmarks,
    config,
    since: ORIGIN,
    now,
  });
  const gone: string[] = [];
  const right = createLedger(made);
  const ledger = mutant?.ledger?.(right) ?? right;
  const fits = new Map(
    chosen.map(({ name }) => [name, (draft: object): Json => JSON.stringify(draft)] as const),
  );
  const stop = new AbortController();
  const underway: (() => void)[] = [];
  const requests: Slice[] = [];
  let ticks = 0;
  const release = (): void => {
    const index = order?.(underway.length) ?? 0;
    underway.splice(index, 1)[0]?.();
  };
  const messages = read({
    plan: made,
    ledger,
    watch: { ...UNWATCHED, gone: (resource) => void gone.push(resource) },
    fetch: async (slice): Promise<Answer> => {
      await new Promise<void>((resolve) => {
        underway.push(resolve);
        setImmediate(release);
      });
      if (fails?.(slice) === true) throw new Fault('KLV_UNAVAILABLE', 'of the test');
      if (slice.pageCursor !== undefined && expires?.(slice) === true)
        return { kind: 'expired', fault: new Fault('KLV_REQUEST', 'of the test'), waited: 0 };
      if (deleted?.(slice) === true)
        return { kind: 'missing', fault: new Fault('KLV_CONTRACT', 'of the test'), waited: 0 };
      requests.push(slice);
      return { kind: 'page', body: answer(things, slice), waited: 0 };
    },
    silence: () => new Promise(() => {}),
    toPage: (slice, body) => toPage(slice, body, { ...PLAIN, plan: made, fits, lookup: () => false }),
    clock: {
      now: () => {
        ticks += eager === true ? 60_000 : 0;
        return ticks;
      },
    },
    signal: stop.signal,
    log: () => {},
  });
  const delivered: Delivered[] = [];
  const states: { stream: StreamName; bookmark: Bookmark; after: number }[] = [];
  let count = 0;
  for await (const message of mutant?.stateFirst
    ? statesFirst(messages)
    : (messages as AsyncIterable<Message>)) {
    if (count >= killAfter) break;
    count += 1;
    if (message.type === 'records')
      for (const row of textsOf(message.lines))
        delivered.push({ stream: message.stream, row: JSON.parse(row) });
    if (message.type === 'state')
      states.push({ stream: message.stream, bookmark: message.bookmark, after: delivered.length });
  }
  const last = new Map(bookmarks);
  for (const { stream, bookmark } of states) last.set(stream, throughText(stream, bookmark));
  return { delivered, bookmarks: last, states, requests, gone, ended: count < killAfter };
}

/** The next state ahead of the rows that were to come before it. */
async function* statesFirst(messages: AsyncIterable<Message>): AsyncIterable<Message> {
  let held: Message[] = [];
  for await (const message of messages) {
    if (message.type === 'state') {
      yield message;
      yield* held;
      held = [];
    } else held.push(message);
  }
  yield* held;
}

/** A state goes through a file between two runs. */
function throughText(stream: StreamName, bookmark: Bookmark): Bookmark {
  const text = JSON.stringify({ bookmarks: { [stream]: bookmark } });
  const read = parseState(JSON.parse(text), () => ({ cursor: 'x' })).bookmarks.get(stream);
  if (read === undefined) throw new Error('the state was not read back');
  return read;
}

const streamOf = (thing: Thing): StreamName => Object.keys(thing.resource.streams)[0] as StreamName;

/** Whether a bookmark says that the row of a thing is written. */
function claims(bookmark: Bookmark, thing: Thing, parents: ReadonlyMap<string, Thing>): boolean {
  if (thing.resource.cursor === undefined) return bookmark.gaps.length === 0;
  if (compare(thing.cursor, bookmark.until) >= 0) return false;
  const parent = parents.get(thing.parent ?? '');
  if (parent !== undefined && compare(parent.created, bookmark.until) >= 0) return false;
  return bookmark.gaps.every(([from, to, walk]) => {
    const isNew = parent !== undefined && compare(parent.created, from) >= 0;
    if (compare(thing.cursor, to) >= 0 || (compare(thing.cursor, from) < 0 && !isNew)) return true;
    if (walk === undefined || parent === undefined) return false;
    const left = walk.open[parent.id];
    if (left === undefined) return compare(parent.created, walk.after) < 0;
    if (typeof left === 'string') return compare(thing.cursor, left) < 0;
    return left.every(([start, end]) => compare(thing.cursor, start) < 0 || compare(thing.cursor, end) >= 0);
  });
}

/** Whether a run with this upper bound is to deliver a thing: a list made later is read, whole, by the next. */
function isDue(thing: Thing, now: Instant, things: readonly Thing[]): boolean {
  const parent = things.find(({ resource, id }) => resource === groups && id === thing.parent);
  return compare(thing.cursor, now) < 0 && (parent === undefined || compare(parent.created, now) < 0);
}

function expectStatesBehindRows(
  things: readonly Thing[],
  run: Run,
  earlier: ReadonlyMap<string, number>,
): void {
  const parents = new Map(
    things.filter(({ resource }) => resource === groups).map((thing) => [thing.id, thing]),
  );
  for (const { stream, bookmark, after } of run.states) {
    const seen = new Map(earlier);
    for (const { stream: of, row } of run.delivered.slice(0, after)) seen.set(`${of} ${row.id}`, row.version);
    for (const thing of things)
      if (streamOf(thing) === stream && claims(bookmark, thing, parents))
        expect(
          seen.get(`${stream} ${keyOf(thing)}`),
          `${JSON.stringify(bookmark)} claims ${keyOf(thing)} of ${stream}`,
        ).to.equal(thing.version);
  }
}

const at = (offset: number): Instant => addSeconds(START, offset);

/** Moments, more of them at the edge of a run than chance would have it. */
const moment = (min: number, max: number) =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(100, 3_599, 3_600));

/** Everything that lives in the account before `end` seconds. */
const account = (end: number) =>
  fc
    .record({
      people: fc.array(moment(0, end), { maxLength: 24 }),
      happenings: fc.array(moment(0, end), { maxLength: 24 }),
      campaigns: fc.array(fc.tuple(moment(0, end), fc.boolean()), { maxLength: 6 }),
      kinds: fc.integer({ min: 0, max: 3 }),
      groups: fc.array(
        fc.record({
          created: moment(0, end),
          joined: fc.array(moment(-100, end), { maxLength: 12 }),
        }),
        { maxLength: 6 },
      ),
    })
    .map((drawn): Thing[] => {
      const make = (
        resource: Thing['resource'],
        id: string,
        cursor: number,
        extra: Partial<Thing> = {},
      ): Thing => ({
        resource,
        id,
        created: at(cursor),
        cursor: at(cursor),
        version: 0,
        ...extra,
      });
      return [
        ...drawn.people.map((when, n) => make(people, `p${n}`, when)),
        ...drawn.happenings.map((when, n) => make(happenings, `e${n}`, when)),
        ...drawn.campaigns.map(([when, live], n) =>
          make(campaigns, `c${n}`, when, { partition: live ? 'live' : 'archived' }),
        ),
        ...Array.from({ length: drawn.kinds }, (_, n) => make(kinds, `k${n}`, 0)),
        ...drawn.groups.flatMap(({ created, joined }, n) => [
          make(groups, `g${n}`, created),
          ...joined.map((when, m) => make(members, `m${m}`, when, { parent: `g${n}` })),
        ]),
      ];
    });

const step = fc.record({
  gap: fc.integer({ min: 1, max: 500_000 }),
  killAfter: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  failing: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  order: fc.array(fc.nat(6), { maxLength: 40 }),
  eager: fc.boolean(),
  expiring: fc.boolean(),
  changes: fc.array(fc.record({ which: fc.nat(40), when: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    maxLength: 6,
  }),
  newGroup: fc.boolean(),
});

/** Whatever fails, is killed or changes: the property that a mutant of the order of operations must break. */
async function everythingArrives(numRuns: number, mutant?: Mutant): Promise<void> {
  await fc.assert(
    fc.asyncProperty(account(3_700), fc.array(step, { maxLength: 4 }), async (things, steps) => {
      let now = at(3_600);
      let bookmarks: ReadonlyMap<StreamName, Bookmark> = new Map();
      const delivered = new Map<string, number>();
      const runs = [
        ...steps,
        {
          gap: 60,
          order: [],
          eager: false,
          expiring: false,
          changes: [],
          newGroup: false,
          killAfter: undefined,
          failing: undefined,
        },
      ];
      for (const [
        index,
        { gap, killAfter, failing, order, eager, expiring, changes, newGroup },
      ] of runs.entries()) {
        const turns = [...order];
        let requests = 0;
        let asked = 0;
        const run = await runOnce({
          things,
          now,
          bookmarks,
          eager,
          ...(mutant === undefined ? {} : { mutant }),
          expires: () => {
            asked += 1;
            return expiring && asked % 5 === 0;
          },
          ...(killAfter === undefined ? {} : { killAfter }),
          fails: () => {
            requests += 1;
            return failing !== undefined && requests % 6 === failing;
          },
          order: (count) => Math.min(turns.shift() ?? 0, count - 1),
        });
        expectStatesBehindRows(things, run, delivered);
        for (const [stream, bookmark] of run.bookmarks) {
          expect(compare(bookmark.until, now) <= 0, 'no state beyond the run').to.equal(true);
          const before = bookmarks.get(stream);
          if (before !== undefined)
            expect(compare(before.until, bookmark.until) <= 0, `${stream} goes back`).to.equal(true);
        }
        for (const { stream, row } of run.delivered) delivered.set(`${stream} ${row.id}`, row.version);
        bookmarks = run.bookmarks;
        if (index === runs.length - 1) break;
        const later = addSeconds(now, gap);
        const between = (share: number): Instant => addSeconds(now, Math.floor(share * (gap - 1)));
        for (const { which, when } of changes) {
          const thing = things[which % Math.max(1, things.length)];
          if (thing === undefined || thing.resource === happenings || thing.resource.cursor === undefined)
            continue;
          thing.cursor = compare(between(when), thing.cursor) > 0 ? between(when) : thing.cursor;
          thing.version += 1;
        }
        if (newGroup) {
          const id = `n${index}`;
          const made = { created: between(0.5), cursor: between(0.5), version: 0 };
          things.push({ resource: groups, id, ...made });
          // A member that is older than its list: it came with an import.
          things.push({ resource: members, id: 'old', parent: id, ...made, cursor: at(-50) });
        }
        now = later;
      }
      for (const thing of things)
        if (isDue(thing, now, things))
          expect(
            delivered.get(`${streamOf(thing)} ${keyOf(thing)}`),
            `${keyOf(thing)} of ${streamOf(thing)}`,
          ).to.equal(thing.version);
    }),
    { numRuns, ...(mutant === undefined ? {} : { seed: 1 }) },
  );
}

describe('rows: nothing is lost', () => {
  it('I1 I2 I3: whatever fails, is killed or changes, resumed runs deliver every row, and no state is ahead of one', () =>
    everythingArrives(300));

  const mutants: Readonly<Record<string, Mutant>> = {
    'a state ahead of its rows': { stateFirst: true },
    'a slice closed without what it opened': {
      ledger: (right) => ({ ...right, close: (slice) => right.close(slice, []) }),
    },
    'a failed slice closed': { ledger: (right) => ({ ...right, fail: (slice) => right.close(slice, []) }) },
    'a bookmark without its gaps': {
      ledger: (right) => ({ ...right, bookmark: (stream) => ({ ...right.bookmark(stream), gaps: [] }) }),
    },
    'a watermark past rows that may follow': {
      ledger: (right) => ({
        ...right,
        close: (slice, opens) =>
          right.close(
            slice,
            opens.map((one) => ({
              ...one,
              watermark: compare(one.watermark, ORIGIN) > 0 ? addSeconds(one.watermark, 1) : one.watermark,
            })),
          ),
      }),
    },
  };
  for (const [name, mutant] of Object.entries(mutants))
    it(`the property is broken by ${name}`, async () => {
      let broken = false;
      try {
        await everythingArrives(300, mutant);
      } catch {
        broken = true;
      }
      expect(broken).to.equal(true);
    });

  it('I7: an account at rest is read once, and a second run brings only what is late or due', async () => {
    await fc.assert(
      fc.asyncProperty(account(3_700), fc.array(fc.nat(6), { maxLength: 40 }), async (things, order) => {
        const turns = [...order];
        const first = await runOnce({
          things,
          now: at(3_600),
          bookmarks: new Map(),
          order: (count) => Math.min(turns.shift() ?? 0, count - 1),
        });
        const keys = first.delivered.map(({ stream, row }) => `${stream} ${row.id}`);
        expect(new Set(keys).size, 'repeats').to.equal(keys.length);
        const past = things.filter((thing) => isDue(thing, at(3_600), things));
        expect(keys.length).to.equal(past.length);
        const second = await runOnce({ things, now: at(7_200), bookmarks: first.bookmarks });
        const again = second.delivered.filter(({ stream }) => stream !== 'metric_v2');
        expect(again.length).to.equal(things.length - past.length);
      }),
      { numRuns: 100 },
    );
  });

  it('T2: an event that shows late is read when its day has come, and each event twice at most', async () => {
    const DAY = 86_400;
    const late: Thing = { resource: happenings, id: 'late', created: START, cursor: at(100), version: 0 };
    const early: Thing = { resource: happenings, id: 'early', created: START, cursor: at(50), version: 0 };
    const things: Thing[] = [early];
    let bookmarks: ReadonlyMap<StreamName, Bookmark> = new Map();
    const seen: string[] = [];
    for (let day = 0; day <= 9; day += 1) {
      if (day === 3) things.push(late);
      const run = await runOnce({ things, now: at(3_600 + day * DAY), bookmarks });
      for (const { stream, row } of run.delivered) if (stream === 'event_v2') seen.push(`${day}:${row.id}`);
      bookmarks = run.bookmarks;
    }
    expect(seen).to.deep.equal(['0:early', '7:early', '7:late']);
  });

  it('members are read whole again when it is due, and a killed re-read goes on where it was', async () => {
    const DAY = 86_400;
    const things: Thing[] = ['a', 'b', 'c'].flatMap((id, n): Thing[] => [
      { resource: groups, id, created: at(n), cursor: at(n), version: 0 },
      { resource: members, id: 'm', parent: id, created: at(n), cursor: at(n), version: 0 },
    ]);
    const memberRows = (run: Run) =>
      run.delivered.filter(({ stream }) => stream === 'profile_list_v2').map(({ row }) => row.id);
    const first = await runOnce({ things, now: at(3_600), bookmarks: new Map() });
    expect(memberRows(first)).to.have.members(['a/m', 'b/m', 'c/m']);
    const between = await runOnce({ things, now: at(DAY), bookmarks: first.bookmarks });
    expect(memberRows(between)).to.deep.equal([]);
    const due = at(3_600 + 7 * DAY);
    const whole = await runOnce({ things, now: due, bookmarks: between.bookmarks });
    expect(memberRows(whole)).to.have.members(['a/m', 'b/m', 'c/m']);
    const bookmark = whole.bookmarks.get('profile_list_v2');
    expect(bookmark).to.deep.include({ until: due, gaps: [], reread: due });
  });

  it('a long walk that finds nothing new still writes how far it is', async () => {
    const things = Array.from(
      { length: 12 },
      (_, n): Thing => ({
        resource: groups,
        id: `g${n}`,
        created: at(n),
        cursor: at(n),
        version: 0,
      }),
    );
    const first = await runOnce({ things, now: at(3_600), bookmarks: new Map() });
    const second = await runOnce({ things, now: at(7_200), bookmarks: first.bookmarks, eager: true });
    const states = second.states.filter(({ stream }) => stream === 'profile_list_v2');
    expect(second.delivered.filter(({ stream }) => stream !== 'metric_v2')).to.deep.equal([]);
    expect(new Set(states.map(({ bookmark }) => JSON.stringify(bookmark.gaps))).size).to.be.greaterThan(3);
  });

  it('S12: the state stays small however many lists there are', async () => {
    const things = Array.from({ length: 3_000 }, (_, n): Thing => {
      return { resource: groups, id: `list-${n}`, created: at(n), cursor: at(n), version: 0 };
    });
    const run = await runOnce({ things, now: at(3_600), bookmarks: new Map(), eager: true });
    const sizes = run.states.map(({ bookmark }) => JSON.stringify(bookmark).length);
    expect(Math.max(...sizes)).to.be.within(300, 16_384);
  });

  it('a run that begins in the second of the last one reads nothing again', async () => {
    const things: Thing[] = [
      { resource: groups, id: 'g', created: START, cursor: at(5), version: 0 },
      { resource: members, id: 'm', parent: 'g', created: START, cursor: at(5), version: 0 },
      { resource: people, id: 'p', created: START, cursor: at(5), version: 0 },
    ];
    const first = await runOnce({ things, now: at(3_600), bookmarks: new Map() });
    const second = await runOnce({ things, now: at(3_600), bookmarks: first.bookmarks });
    expect(second.delivered).to.deep.equal([]);
    expect([...second.bookmarks]).to.deep.equal([...first.bookmarks]);
  });

  it('H5: a list that is deleted after it was listed is left out and counted, and its stream completes', async () => {
    const things = ['a', 'b'].flatMap((id, n): Thing[] => [
      { resource: groups, id, created: at(n), cursor: at(n), version: 0 },
      { resource: members, id: 'm', parent: id, created: at(n), cursor: at(n), version: 0 },
    ]);
    const run = await runOnce({
      things,
      now: at(3_600),
      bookmarks: new Map(),
      deleted: ({ references }) => references?.[0]?.id === 'a',
    });
    const rows = run.delivered.filter(({ stream }) => stream === 'profile_list_v2').map(({ row }) => row.id);
    expect(rows).to.deep.equal(['b/m']);
    expect(run.gone).to.deep.equal(['members']);
    expect(run.bookmarks.get('profile_list_v2')?.gaps).to.deep.equal([]);
  });

  it('H6: a collection that is not there is a fault, and its state stays where it was', async () => {
    const run = await runOnce({
      things: [],
      now: at(3_600),
      bookmarks: new Map(),
      deleted: ({ resource }) => resource === people,
    });
    expect(run.bookmarks.get('profile_v2')?.gaps).to.deep.equal([[ORIGIN, at(3_600)]]);
    expect(run.bookmarks.get('event_v2')?.gaps).to.deep.equal([]);
  });

  it('S3: a bookmark of a clock that was fast holds nothing back', async () => {
    const things: Thing[] = [{ resource: people, id: 'p', created: START, cursor: at(7_000), version: 0 }];
    const ahead: Bookmark = { version: 1, until: at(100_000), gaps: [] };
    const first = await runOnce({ things, now: at(3_600), bookmarks: new Map([['profile_v2', ahead]]) });
    expect(first.delivered).to.deep.equal([]);
    expect(first.bookmarks.get('profile_v2')?.until).to.equal(at(3_600));
    const second = await runOnce({ things, now: at(7_200), bookmarks: first.bookmarks });
    expect(second.delivered.map(({ row }) => row.id)).to.deep.equal(['p']);
  });

  it('P13: pages that are not in the order asked for move no bookmark before the end', () => {
    const slice: Slice = { resource: people, from: ORIGIN, to: at(3_600), watermark: at(50) };
    const made = plan({
      resources: RESOURCES,
      streams: STREAMS,
      chosen,
      bookmarks: new Map(),
      config,
      since: ORIGIN,
      now: at(3_600),
    });
    const next = (...cursors: number[]) => {
      const data = cursors.map((offset, n) => ({
        id: `p${n}`,
        type: 'people',
        attributes: { updated: at(offset) },
        relationships: {},
      }));
      const body = { data, included: [], find: () => undefined, next: 'x' };
      return toPage(slice, body, { ...PLAIN, plan: made, fits: new Map(), lookup: () => false }).opens[0]
        ?.watermark;
    };
    expect(next(60, 70)).to.equal(at(70));
    expect(next(70, 60)).to.equal(at(50));
  });

  it('O4 O5: a stream that fails ends incomplete, and the others complete with their own state', async () => {
    const things: Thing[] = [
      { resource: people, id: 'p', created: START, cursor: at(5), version: 0 },
      { resource: campaigns, id: 'c', created: START, cursor: at(5), version: 0, partition: 'live' },
    ];
    const run = await runOnce({
      things,
      now: at(3_600),
      bookmarks: new Map(),
      fails: ({ resource }) => resource === people,
    });
    expect(run.bookmarks.get('profile_v2')?.gaps).to.deep.equal([[ORIGIN, at(3_600)]]);
    expect(run.bookmarks.get('campaign_v2')?.gaps).to.deep.equal([]);
    expect(run.delivered.map(({ row }) => row.id)).to.deep.equal(['c']);
  });
});
