/**
 * What a record costs between the bytes of a page and the bytes of its lines, against `JSON.parse` of the same bytes:
 * the ratio holds on any machine, as all ways take turns in one process. Prints one line of JSON a kind of page.
 */
import { createReader } from '../src/klaviyo/answer.js';
import { noMends } from '../src/klaviyo/json.js';
import { pager } from '../src/pager.js';
import { protocolOf } from '../src/protocol/protocol.js';
import type { Body, Config, Resource, Slice, StreamName } from '../src/resource.js';
import { RESOURCES, STREAMS } from '../src/resources/index.js';
import { openSandbox } from '../src/sandbox/index.js';
import { plan } from '../src/sync/plan.js';
import { FOREVER, ORIGIN } from '../src/time.js';

const ROUNDS = 40;
const PAGES = 16;
const ORIGIN_URL = 'https://a.klaviyo.com';

interface Way {
  readonly name: string;
  readonly run: (page: Buffer) => number;
}

/** CPU of the whole process, the collector's threads included, in microseconds. */
const spent = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function pagesOf(target: string, items: boolean): Promise<Buffer[]> {
  const { answer, apiKey } = openSandbox(
    { account: 'bulk', events: 20_000, profiles: 20_000, limits: false, items },
    () => ORIGIN_URL,
  );
  const pages: Buffer[] = [];
  let next: string | undefined = target;
  while (next !== undefined && pages.length < PAGES) {
    const headers = { authorization: `Klaviyo-API-Key ${apiKey}`, revision: '2026-07-15' };
    const { status, body } = answer({ method: 'GET', target: next, headers });
    const bytes = await body(false);
    if (status !== 200) throw new Error(`${next}: ${status} ${bytes}`);
    pages.push(bytes);
    const link = (JSON.parse(bytes.toString()) as { links?: { next?: string | null } }).links?.next;
    next = link === undefined || link === null ? undefined : link.replace(/^https?:\/\/[^/]*/, '');
  }
  return pages;
}

function rowPath(resource: Resource, stream: StreamName): (page: Buffer) => number {
  const config = { api_key: 'pk_none' } as Config;
  const chosen = [{ name: stream, mode: 'incremental' as const, columns: undefined }];
  const made = plan({
    ...{ resources: RESOURCES, streams: STREAMS, chosen, bookmarks: new Map(), config },
    since: ORIGIN,
    now: FOREVER,
  });
  const mends = noMends();
  const log = (): void => {};
  const protocol = protocolOf('airbyte')({
    streams: [],
    state: { bookmarks: new Map(), unknown: new Map(), beside: {}, warnings: [] },
    now: Date.now,
  });
  const read = createReader({
    ...{ config, origin: ORIGIN_URL, mends, log },
    hide: (text) => text,
    wall: Date.now,
  });
  const toPage = pager(made, chosen, { mends, log, frame: protocol.frame, sample: false });
  const slice: Slice = { resource, from: ORIGIN, to: FOREVER, watermark: ORIGIN };
  const headers = { get: () => null };
  return (bytes) => {
    const answer = read({ status: 200, headers, body: bytes, received: bytes.length }, resource, 'GET');
    if (answer.kind !== 'page') throw new Error('no page');
    const lines = toPage(slice, answer.body as Body).rows.get(stream);
    if (lines === undefined) throw new Error('no rows');
    const { free } = lines;
    const said = protocol.say({ type: 'records', stream, lines });
    free?.();
    return lines.count + (said.length > 0 ? 0 : 1);
  };
}

const parse = (page: Buffer): { data: unknown[] } => JSON.parse(page.toString()) as { data: unknown[] };

const parseAlone: Way = { name: 'parse', run: (page) => parse(page).data.length };
const parseAndPrint: Way = {
  name: 'print',
  run(page) {
    const { data } = parse(page);
    const lines = data.map((record) => `{"type":"RECORD","record":{"data":${JSON.stringify(record)}}}\n`);
    return Buffer.from(lines.join('')).length > 0 ? data.length : 0;
  },
};

const EVENTS = '/api/events?page[size]=1000&sort=datetime';
const KINDS = [
  ['events with items', 'events', 'event_v2', EVENTS, true],
  ['events', 'events', 'event_v2', EVENTS, false],
  [
    'profiles',
    'profiles',
    'profile_v2',
    '/api/profiles?page[size]=100&sort=updated&additional-fields[profile]=subscriptions',
    false,
  ],
] as const;

for (const [kind, name, stream, target, items] of KINDS) {
  const resource = RESOURCES.find((one) => one.name === name);
  if (resource === undefined) throw new Error(name);
  const pages = await pagesOf(target, items);
  const records = pages.reduce((sum, page) => sum + parse(page).data.length, 0);
  const bytes = pages.reduce((sum, page) => sum + page.length, 0);
  const ways: readonly Way[] = [parseAlone, parseAndPrint, { name: 'path', run: rowPath(resource, stream) }];
  const costs = new Map(ways.map((way) => [way.name, [] as number[]]));
  for (let round = -5; round < ROUNDS; round += 1)
    for (const { name: way, run } of ways) {
      const before = spent();
      for (const page of pages) if (run(page) === 0) throw new Error(`${way}: no rows`);
      if (round >= 0) costs.get(way)?.push((spent() - before) / records);
    }
  const cost = (way: string): number => median(costs.get(way) ?? []);
  const round = (value: number): number => Number(value.toFixed(3));
  process.stdout.write(
    `${JSON.stringify({
      bench: 'records',
      of: kind,
      records,
      bytesARecord: Math.round(bytes / records),
      microseconds: { parse: round(cost('parse')), print: round(cost('print')), path: round(cost('path')) },
      pathToParse: round(cost('path') / cost('parse')),
      pathToPrint: round(cost('path') / cost('print')),
    })}\n`,
  );
}
