/** Whole runs against an account some of whose answers a test writes itself. */
import { expect } from 'chai';
import type { HttpGet } from '../../src/klaviyo/http.js';
import type { StreamName } from '../../src/resource.js';
import { type Account, makeAccount } from '../../src/sandbox/index.js';
import { asked, inside, KEY, type Left } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { type Folder, messages, type SingerMessage } from '../promises/harness.js';
import type { Row } from '../promises/truth.js';

export const NOW = Date.UTC(2026, 8, 1);
export const EMPTY: Account = makeAccount({ account: 'empty', now: () => NOW });

/** By path: what is answered in place of the account; undefined: the account answers. */
export type Answers = (url: URL) => string | Buffer | undefined;

export interface Reading {
  readonly account?: Account;
  readonly config?: object;
  readonly now?: number;
  /** Answers of the account come without what they include. */
  readonly bare?: boolean;
  readonly protocol?: 'airbyte' | 'singer';
  /** Columns that are not selected, by stream. */
  readonly without?: Readonly<Partial<Record<StreamName, readonly string[]>>>;
}

export interface Read extends Left {
  readonly rows: (stream: StreamName) => readonly Row[];
  /** Lines of records as they went out. */
  readonly lines: (stream: StreamName) => readonly string[];
  readonly warned: (matching: RegExp) => readonly string[];
  /** Ranges that a stream has not read, by its last bookmark. */
  readonly gaps: (stream: StreamName) => readonly unknown[];
}

export async function read(
  folder: Folder,
  streams: readonly StreamName[],
  answers: Answers = () => undefined,
  { account = EMPTY, config = {}, now = NOW, bare = false, protocol = 'singer', without = {} }: Reading = {},
): Promise<Read> {
  const clock = fakeClock(now);
  const right = asked(account, clock);
  const get: HttpGet = async (url, headers, signal, hooks) => {
    const written = answers(url);
    if (written === undefined) {
      const answer = await right(url, headers, signal, hooks);
      if (!bare) return answer;
      const { included: _, ...rest } = JSON.parse(answer.body.toString('utf8'));
      return { ...answer, body: Buffer.from(JSON.stringify(rest)) };
    }
    const body = Buffer.from(written as string);
    const answered = { get: () => null };
    hooks?.answered?.(answered);
    await hooks?.admit?.(body.length);
    return { status: 200, headers: answered, body, received: body.length };
  };
  const catalog = {
    streams: streams.map((name) => ({
      tap_stream_id: name,
      stream: name,
      schema: {},
      metadata: [
        { breadcrumb: [], metadata: { selected: true } },
        ...(without[name] ?? []).map((column) => ({
          breadcrumb: ['properties', column],
          metadata: { selected: false },
        })),
      ],
    })),
  };
  const file = folder.write('config.json', { api_key: KEY, start_date: '2000-01-01', ...config });
  const argv = ['--config', file, '--catalog', folder.write('catalog.json', catalog)];
  const left = await inside(protocol === 'singer' ? argv : ['read', ...argv, '--protocol', protocol], {
    clock,
    get,
  });
  const all = protocol === 'singer' ? await messages<SingerMessage>(left.stdout) : [];
  const bookmarks = all.filter(({ type }) => type === 'STATE').at(-1)?.value.bookmarks ?? {};
  return {
    ...left,
    rows: (stream) =>
      all.filter((one) => one.type === 'RECORD' && one.stream === stream).map(({ record }) => record),
    lines: (stream) =>
      left.stdout.split('\n').filter((line) => line.startsWith(`{"type":"RECORD","stream":"${stream}"`)),
    warned: (matching) =>
      left.stderr.split('\n').filter((line) => line.startsWith('WARNING ') && matching.test(line)),
    gaps: (stream) => (bookmarks[stream] as { gaps?: readonly unknown[] } | undefined)?.gaps ?? [],
  };
}

export const DATE = '2026-06-23T00:15:23Z';

/** An event, its properties as JSON text. */
export const event = (properties: string, id = 'e1'): string =>
  `{"type":"event","id":${JSON.stringify(id)},"attributes":{"timestamp":1782173723,"event_properties":${properties},"datetime":"${DATE}","uuid":"u"},"relationships":{"profile":{"data":{"type":"profile","id":"p"}},"metric":{"data":{"type":"metric","id":"m"}},"attributions":{"data":[]}}}`;

/** A profile with every attribute that always comes, its properties as JSON text. */
export function profile(properties: string, id = 'p1', more: object = {}): string {
  const names = 'email phone_number external_id first_name last_name organization locale title image'.split(
    ' ',
  );
  const attributes = {
    ...Object.fromEntries(names.map((name) => [name, null])),
    created: DATE,
    updated: DATE,
    last_event_date: null,
    location: {},
    subscriptions: {},
    ...more,
  };
  return `{"type":"profile","id":${JSON.stringify(id)},"attributes":${JSON.stringify(attributes).slice(0, -1)},"properties":${properties}}}`;
}

export const page = (objects: readonly string[], rest = ''): string =>
  `{"data":[${objects.join(',')}]${rest},"links":{"next":null}}`;

export const at =
  (path: string, body: string | Buffer): Answers =>
  (url) =>
    url.pathname === path ? body : undefined;

/** The text of the first row's `event_properties` or `properties`, as it stands in its line. */
export function valueIn(line: string | undefined, column: string): string {
  expect(line, 'a line').to.be.a('string');
  return (line ?? '').split(`"${column}":`)[1] ?? '';
}

/** Both ways to a row: copied out of the bytes of a page, or made of values where the page has what stops a scan. */
export const WAYS: readonly {
  readonly way: string;
  readonly stream: StreamName;
  readonly path: string;
  readonly column: string;
  readonly body: (properties: string) => string;
}[] = [
  {
    way: 'copied',
    stream: 'event_v2',
    path: '/api/events',
    column: 'event_properties',
    body: (properties) => page([event(properties)]),
  },
  {
    way: 'parsed, as a page with a list of errors is',
    stream: 'event_v2',
    path: '/api/events',
    column: 'event_properties',
    body: (properties) => page([event(properties)]).replace('{"data"', '{"errors":[],"data"'),
  },
  {
    way: 'copied, of a profile',
    stream: 'profile_v2',
    path: '/api/profiles',
    column: 'properties',
    body: (properties) => page([profile(properties)]),
  },
  {
    way: 'parsed, of a profile',
    stream: 'profile_v2',
    path: '/api/profiles',
    column: 'properties',
    body: (properties) => page([profile(properties)]).replace('{"data"', '{"errors":[],"data"'),
  },
];
