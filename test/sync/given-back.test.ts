/**
 * What a user would lose if this failed: the truth of rows, where a page's memory is written over while they are made
 * of it; the memory of the machine, where it is never given back.
 */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';
import { createReader } from '../../src/klaviyo/answer.js';
import { noMends } from '../../src/klaviyo/json.js';
import type { Message } from '../../src/message.js';
import type { Body, Config, Json, Slice, StreamName } from '../../src/resource.js';
import { events } from '../../src/resources/events.js';
import { fitter } from '../../src/row.js';
import { copier } from '../../src/scanned-row.js';
import { schemaOf } from '../../src/schemas.js';
import type { Answer } from '../../src/sync/crawl.js';
import { createLedger } from '../../src/sync/ledger.js';
import { type PageParts, toPage } from '../../src/sync/page.js';
import { type Plan, plan } from '../../src/sync/plan.js';
import { type ReadParts, read } from '../../src/sync/read.js';
import { addSeconds, type Instant, ORIGIN } from '../../src/time.js';
import { UNWATCHED } from '../../src/watch.js';
import { PLAIN, textsOf } from '../klaviyo/found.js';
import {
  answer,
  groups,
  happenings,
  keyOf,
  members,
  people,
  RESOURCES,
  STREAMS,
  type Thing,
} from './world.js';

const config = { api_key: 'pk_test' } as Config;
const START: Instant = '2026-03-01T00:00:00Z';
const NOW = addSeconds(START, 100_000);
const common = { bookmarks: new Map(), config, since: ORIGIN, now: NOW };

/** A body, and how often it was given back; nobody may look at it from then on. */
interface Lent {
  readonly body: Body;
  times: number;
}

function lend(body: Body, broken: string[]): Lent {
  const lent: Lent = {
    times: 0,
    body: new Proxy(body, {
      get(of, part) {
        if (part === 'release')
          return () => {
            lent.times += 1;
            of.release?.();
          };
        if (lent.times > 0) broken.push(`${String(part)} is read of a page that was given back`);
        return Reflect.get(of, part);
      },
    }),
  };
  return lent;
}

interface Run {
  readonly rows: readonly string[];
  readonly faults: readonly Fault[];
  readonly lent: readonly Lent[];
  /** What must not happen. */
  readonly broken: readonly string[];
}

async function run(
  made: Plan,
  serve: (slice: Slice) => Body,
  parts: Pick<PageParts, 'fits' | 'copies' | 'admits'>,
  { signal = new AbortController().signal, saw = () => {} }: { signal?: AbortSignal; saw?: () => void } = {},
): Promise<Run> {
  const rows: string[] = [];
  const broken: string[] = [];
  const lent: Lent[] = [];
  /** Given back, of those whose rows are made. */
  const taken: Lent[] = [];
  const of: ReadParts = {
    ...{ plan: made, ledger: createLedger(made), watch: UNWATCHED, signal, log: () => {} },
    clock: { now: () => 0 },
    silence: () => new Promise(() => {}),
    fetch: (slice): Promise<Answer> => {
      const one = lend(serve(slice), broken);
      lent.push(one);
      return Promise.resolve({ kind: 'page', body: one.body, waited: 0 });
    },
    toPage(slice, body) {
      const one = lent.find((other) => other.body === body) as Lent;
      taken.push(one);
      try {
        return toPage(slice, body, { ...PLAIN, ...parts, plan: made, lookup: () => false });
      } finally {
        if (one.times > 0) broken.push('a page is given back before its rows are made');
      }
    },
  };
  const messages = read(of);
  for (;;) {
    const next: IteratorResult<Message, readonly Fault[]> = await messages.next();
    if (next.done === true) return { rows, faults: next.value, lent, broken };
    // Whoever writes the rows may take long.
    if (taken.some(({ times }) => times !== 1)) broken.push('rows go out whose page is still held');
    if (next.value.type !== 'records') continue;
    rows.push(...textsOf(next.value.lines));
    saw();
  }
}

const once = ({ lent }: Run): readonly number[] => lent.map(({ times }) => times);
const onceEach = ({ lent }: Run): readonly number[] => lent.map(() => 1);

describe('I18 the memory of pages', () => {
  const made = plan({
    ...{ ...common, resources: RESOURCES, streams: STREAMS },
    chosen: (['list_v2', 'profile_list_v2', 'profile_v2', 'event_v2'] as const).map((name) => {
      return { name, mode: 'incremental' as const };
    }),
  });
  const thing = (resource: Thing['resource'], nth: number, parent?: string): Thing => {
    const cursor = addSeconds(START, nth * 60);
    const of = parent === undefined ? {} : { parent };
    return { ...of, resource, id: `${resource.name}${nth}`, created: START, cursor, version: 1 };
  };
  const things: readonly Thing[] = Array.from({ length: 9 }, (_, nth) => [
    thing(people, nth),
    thing(happenings, nth),
    ...(nth < 5 ? [thing(groups, nth), thing(members, nth, 'groups0'), thing(members, nth, 'groups3')] : []),
  ]).flat();
  const fitted = (fit: (draft: object) => Json): Pick<PageParts, 'fits' | 'admits'> => ({
    fits: new Map([...STREAMS.keys()].map((name: StreamName) => [name, fit])),
    admits: () => true,
  });
  const ids = ({ rows }: Run): readonly string[] => rows.map((row) => JSON.parse(row).id).sort();

  it('is given back once a page, when its rows are made, and before they are written', async () => {
    const all = await run(made, (slice) => answer(things, slice), fitted(JSON.stringify));
    expect(all.broken).to.deep.equal([]);
    expect(all.faults).to.deep.equal([]);
    expect(new Set(ids(all))).to.deep.equal(new Set(things.map(keyOf)));
    expect(once(all)).to.deep.equal(onceEach(all));
    expect(all.lent.length).to.be.greaterThan(15);
  });

  it('of a page without rows too', async () => {
    const none = await run(made, (slice) => answer([], slice), fitted(JSON.stringify));
    expect(none.broken).to.deep.equal([]);
    expect(once(none)).to.deep.equal([1, 1, 1]);
  });

  it('of a page whose rows fail half way, while the others are read', async () => {
    for (const error of [new Error('of the test'), new Fault('KLV_CONTRACT', 'of the test')]) {
      const some = await run(
        made,
        (slice) => answer(things, slice),
        fitted((draft) => {
          if ((draft as { id: string }).id === 'people3') throw error;
          return JSON.stringify(draft);
        }),
      );
      expect(some.broken).to.deep.equal([]);
      expect(some.faults.map(({ message }) => message).join()).to.contain('of the test');
      expect(some.faults).to.have.length(1);
      expect(once(some)).to.deep.equal(onceEach(some));
      expect(ids(some)).to.include.members(['people1', 'happenings8', 'groups3/members4']);
      expect(ids(some)).not.to.include.members(['people2']);
    }
  });

  it('of pages that came before a run was stopped', async () => {
    const stop = new AbortController();
    const stopped = await run(made, (slice) => answer(things, slice), fitted(JSON.stringify), {
      signal: stop.signal,
      saw: () => stop.abort(),
    });
    expect(stopped.broken).to.deep.equal([]);
    expect(once(stopped)).to.deep.equal(onceEach(stopped));
    expect(stopped.lent.length).to.be.within(1, 10);
  });
});

describe('I18 I13 the memory of pages that rows are copied from', () => {
  /** Of pages so large that none is cut for another reader. */
  const source = { ...events, pageSize: { default: 2, max: 1_000_000 } };
  const schema = schemaOf('event_v2');
  const made = plan({
    ...{ ...common, resources: [source] },
    streams: new Map([['event_v2', { stream: events.streams.event_v2, resource: source }]]),
    chosen: [{ name: 'event_v2', mode: 'full_refresh' }],
  });
  const COUNT = 6;
  const event = (page: number, nth: number): object => ({
    ...{ type: 'event', id: `e${page}-${nth}` },
    attributes: {
      timestamp: page,
      datetime: addSeconds(START, page * 60 + nth),
      event_properties: { $flow: `flow ${page}`, text: 'x'.repeat(20 * page), $value: nth },
      // Known to no schema: kept in a list of its own.
      newcomer: { page, nth },
    },
    relationships: { profile: { data: { type: 'profile', id: `p${page}` } } },
  });
  const pageOf = (page: number): Buffer =>
    Buffer.from(
      JSON.stringify({
        data: Array.from({ length: 3 + (page % 2) }, (_, nth) => event(page, nth)),
        ...(page + 1 < COUNT
          ? { links: { next: `https://a.klaviyo.com/api/events?page[cursor]=${page + 1}` } }
          : {}),
      }),
    );

  /** `lasting`: bytes that nothing is written over. */
  async function copied({ lasting, most = 1 << 20 }: { lasting: boolean; most?: number }) {
    const warnings = { warn: () => {}, mends: noMends() };
    const reader = createReader({
      ...{ config, origin: 'https://a.klaviyo.com', mends: noMends() },
      ...{ hide: (text: string) => text, wall: () => 0, log: () => {} },
    });
    const given = new Map<number, number>();
    const places = new Set<Int32Array>();
    const of = await run(
      made,
      ({ resource, pageCursor }) => {
        const page = Number(pageCursor ?? 0);
        const body = pageOf(page);
        const release = (): void => {
          given.set(page, (given.get(page) ?? 0) + 1);
          if (!lasting) body.fill('?');
        };
        const headers = new Headers();
        const read = reader({ status: 200, headers, body, received: 0, release }, resource, 'the test');
        if (read.kind !== 'page' || read.body.scanned === undefined) throw new Error('a page is not scanned');
        places.add(read.body.scanned.page.index);
        return read.body;
      },
      {
        fits: new Map([['event_v2', fitter('event_v2', schema, undefined, warnings)]]),
        copies: new Map([['event_v2', copier(source, schema, undefined, { config, told: () => {} })]]),
        admits: (_stream, size) => {
          if (size > most) throw new Fault('KLV_ROW_TOO_LARGE', 'of the test');
          return true;
        },
      },
    );
    return { ...of, given: [...given], places: places.size };
  }

  it('rows stay what they were when the bytes are written over, and each page has its own', async () => {
    const kept = await copied({ lasting: true });
    const over = await copied({ lasting: false });
    for (const one of [kept, over]) {
      expect(one.broken).to.deep.equal([]);
      expect(one.faults).to.deep.equal([]);
      expect(one.given).to.deep.equal(Array.from({ length: COUNT }, (_, page) => [page, 1]));
      expect(once(one)).to.deep.equal(onceEach(one));
      expect(one.places, 'places that pages are noted in, one after the other').to.equal(1);
    }
    expect(over.rows).to.deep.equal(kept.rows);
    const told = over.rows.map((row) => {
      const { id, flow_id, value, profile_id, additional_attributes } = JSON.parse(row);
      return { id, flow_id, value, profile_id, additional_attributes };
    });
    expect(told).to.deep.equal(
      Array.from({ length: COUNT }, (_, page) =>
        Array.from({ length: 3 + (page % 2) }, (__, nth) => ({
          ...{ id: `e${page}-${nth}`, flow_id: `flow ${page}`, value: nth, profile_id: `p${page}` },
          additional_attributes: { newcomer: { page, nth } },
        })),
      ).flat(),
    );
  });

  it('is given back once where a row is refused half way', async () => {
    const whole = await copied({ lasting: false });
    const most = Math.max(
      ...whole.rows.filter((row) => row.includes('"e3-')).map((row) => Buffer.byteLength(row)),
    );
    const some = await copied({ lasting: false, most });
    expect(some.broken).to.deep.equal([]);
    expect(some.faults.map(({ code }) => code)).to.deep.equal(['KLV_ROW_TOO_LARGE']);
    expect(some.given).to.deep.equal([0, 1, 2, 3, 4].map((page) => [page, 1]));
    expect(some.rows).to.deep.equal(whole.rows.filter((row) => /"e[0-3]-/.test(row)));
  });
});
