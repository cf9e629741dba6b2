/**
 * Every error of the table, told by a whole command: one line that says what to do, its exit code, and no stack of a
 * program that whoever reads it did not write.
 */
import { expect } from 'chai';
import { type Code, ERRORS, Fault, type FaultClass } from '../../src/errors.js';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { inside, KEY, type Parts } from '../inside.js';
import { fakeClock } from '../klaviyo/clock.js';
import { Folder } from '../promises/harness.js';

interface Reply {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Way {
  readonly config?: string | object;
  /** Names the stream that is read; `metric_v2` unless given. */
  readonly catalog?: string | object;
  readonly state?: string | object;
  /** In place of a read: with nothing but the state behind it. */
  readonly command?: readonly string[];
  /** Behind `read --config FILE`. */
  readonly flags?: readonly string[];
  /** What `/api/…` answers, or how it fails to. */
  readonly reply?: (url: URL) => Reply | Error;
  readonly out?: Parts['out'];
}

const only = (stream: string): object => ({ streams: [{ stream, tap_stream_id: stream, selected: true }] });
const page = (data: readonly object[], next: string | null = null): Reply => ({
  body: JSON.stringify({ data, links: { next } }),
});
const refusal = (status: number, detail: string): Reply => ({
  status,
  body: JSON.stringify({ errors: [{ detail }] }),
});
const metric = (attributes: object) => ({ type: 'metric', id: 'M1', attributes });
/** Written by hand: deeper than what writes JSON can go. */
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const key = (api_key: string): Way => ({ config: { api_key } });
const field = (fields: object): Way => ({ config: { api_key: KEY, ...fields } });

const WAYS: Readonly<Record<Code, Way | string>> = {
  KLV_USAGE: { flags: ['--protocol', 'carrier-pigeon'] },
  KLV_CONFIG_FILE: { flags: ['--config', '/nowhere/config.json'], config: '' },
  KLV_CONFIG_JSON: { config: '{' },
  KLV_CONFIG_TYPE: { config: '[]' },
  KLV_KEY_MISSING: { config: {} },
  KLV_KEY_PUBLIC: key('Xy12zA'),
  KLV_KEY_CHARS: key('pk_with a space inside'),
  KLV_KEY_PLACEHOLDER: key('<your key>'),
  KLV_KEY_FORM: key('sk_0123456789abcdef'),
  KLV_KEY_INVALID: { reply: () => refusal(401, 'Incorrect authentication credentials.') },
  KLV_START_DATE: field({ start_date: 'yesterday' }),
  KLV_HISTORY: field({ historical_sync_duration: 'long' }),
  KLV_LOOKBACK: field({ events_lookback_days: 99 }),
  KLV_BASE_URL: field({ base_url: 'http://klaviyo.example' }),
  KLV_CATALOG_FILE: { flags: ['--catalog', '/nowhere/catalog.json'], catalog: '' },
  KLV_CATALOG_JSON: { catalog: '{' },
  KLV_CATALOG_STREAM: { catalog: only('profiles') },
  KLV_CATALOG_MODE: {
    catalog: { streams: [{ stream: { name: 'metric_v2', json_schema: {} }, sync_mode: 'sideways' }] },
  },
  KLV_STREAM_DROPPED: 'no stream was ever dropped',
  KLV_STATE_UNREADABLE: { state: '{"bookmarks": {"ev' },
  KLV_STATE_FORM: { state: { bookmarks: { event_v2: 'yesterday' } } },
  KLV_STATE_NEWER: { state: { bookmarks: { event_v2: { version: 99 } } } },
  KLV_STATE_ACCOUNT: {
    catalog: only('list_v2'),
    state: {
      bookmarks: { list_v2: { version: 1, until: '2026-01-01T00:00:00Z', gaps: [], account: 'AnotherOne' } },
    },
  },
  KLV_POSITION: { command: ['position', 'metric_v2', '2026-01-01'], state: { bookmarks: {} } },
  KLV_SCOPE: { reply: () => refusal(403, 'The API key is missing the required scopes: metrics:read') },
  KLV_PLAN: { reply: () => refusal(403, 'Your plan does not include this: upgrade it.') },
  KLV_REVISION_RETIRED: { reply: () => refusal(410, 'This revision has been retired.') },
  KLV_TLS: { reply: () => new Fault('KLV_TLS', 'a.klaviyo.com cannot be trusted (CERT_HAS_EXPIRED)') },
  KLV_PROXY_AUTH: { reply: () => ({ status: 407 }) },
  KLV_EDGE_BLOCKED: { reply: () => ({ status: 403, body: '<html>blocked</html>' }) },
  KLV_RATE_LIMIT: { reply: () => ({ status: 429, headers: { 'retry-after': '86400' } }) },
  KLV_UNAVAILABLE: { reply: () => ({ status: 503 }) },
  KLV_SUMMARY_FILE: { flags: ['--summary', '/nowhere/summary.json'] },
  KLV_REPORT_FILE: { flags: ['--report', '/nowhere/report.html'] },
  KLV_OUTPUT: {
    reply: () => page([metric({ name: 'Placed Order' })]),
    out: {
      write: () => Promise.reject(new Fault('KLV_OUTPUT', 'stdout cannot be written: ENOSPC')),
      flush: () => Promise.resolve(),
      stop: () => {},
      failure: () => undefined,
    },
  },
  KLV_REQUEST: { reply: () => refusal(400, "'wrong' is not a valid field.") },
  KLV_REDIRECT: { reply: () => ({ status: 302, headers: { location: 'https://elsewhere.example/' } }) },
  KLV_CONTRACT: { reply: () => ({ body: '<html>' }) },
  KLV_NEXT_FOREIGN: { reply: () => page([], 'https://elsewhere.example/api/metrics?page[cursor]=x') },
  KLV_PAGE_LOOP: {
    catalog: only('list_v2'),
    reply: ({ origin, pathname }) => page([], `${origin}${pathname}?page[cursor]=again`),
  },
  KLV_BODY_TOO_LARGE: {
    reply: () => new Fault('KLV_BODY_TOO_LARGE', '/api/metrics answered more than 64 MB'),
  },
  KLV_ROW_TOO_DEEP: {
    reply: () => ({
      body: `{"data":[{"type":"metric","id":"M1","attributes":{"integration":${deep(600)}}}],"links":{"next":null}}`,
    }),
  },
  KLV_ROW_TOO_LARGE: { reply: () => page([metric({ name: 'x'.repeat(21_000_000) })]) },
  KLV_BUG: 'its stack is for whoever mends it',
};

const EXIT: Readonly<Record<FaultClass, number>> = { system: 1, config: 2, transient: 3 };
/** A place in a program, in any of the ways that an engine and a compiler write it. */
const STACK = /^\s*at |\bnode:internal|\.[cm]?[jt]s:\d+|^\w*Error: |\[cause\]/m;

describe('every error of the table', () => {
  const folder = new Folder();
  after(() => folder.remove());

  const answering =
    (clock: { readonly wall: () => number }, reply: Way['reply']): HttpGet =>
    async (url, _headers, _signal, hooks) => {
      const told = said(url, reply);
      if (told instanceof Error) throw told;
      const { status = 200, body = '', headers = {} } = told;
      const bytes = Buffer.from(body);
      const answered = new Headers({ date: new Date(clock.wall()).toUTCString(), ...headers });
      hooks?.answered?.(answered);
      await hooks?.admit?.(bytes.length);
      return { status, headers: answered, body: bytes, received: bytes.length };
    };

  function told(way: Way, protocol: string) {
    const { config = { api_key: KEY }, catalog = only('metric_v2'), state, flags = [], reply, out } = way;
    const clock = fakeClock();
    const given = flags.includes('--config') ? [] : ['--config', folder.write('config.json', config)];
    const chosen = flags.includes('--catalog') ? [] : ['--catalog', folder.write('catalog.json', catalog)];
    const left = state === undefined ? [] : ['--state', folder.write('state.json', state)];
    const speaks = flags.includes('--protocol') ? [] : ['--protocol', protocol];
    const { command } = way;
    const read = ['read', ...given, ...chosen, ...left, ...speaks, ...flags];
    return inside(command === undefined ? read : [...command, ...left], {
      clock,
      get: answering(clock, reply),
      ...(out === undefined ? {} : { out }),
    });
  }

  for (const code of Object.keys(ERRORS) as Code[]) {
    const way = WAYS[code];
    if (typeof way === 'string') continue;
    it(`${code} is one line that says what to do, and shows no stack`, async () => {
      for (const protocol of ['singer', 'airbyte']) {
        const { code: ended, stdout, stderr } = await told(way, protocol);
        const lines = stderr.split('\n').filter((line) => line.includes(`${code} `));
        expect(lines.length, stderr).to.be.above(0);
        for (const line of lines) expect(line, stderr).to.match(/ — .{3,}$/);
        expect(stderr).to.not.match(STACK);
        expect(stdout.slice(0, 10_000)).to.not.match(STACK);
        expect(ended, stderr).to.equal(EXIT[ERRORS[code].class]);
      }
    });
  }

  it('would be seen to show one', () => {
    const stack = new Error('x').stack ?? '';
    for (const text of [
      stack,
      'TypeError: x',
      '    at run (file:///a/b.js:1:2)',
      'src/run.ts:12',
      '[cause]: x',
    ])
      expect(STACK.test(text), text).to.equal(true);
    for (const text of ['CRITICAL KLV_USAGE x — see --help', 'look at config.json', 'INFO 3 rows'])
      expect(STACK.test(text), text).to.equal(false);
  });
});

/** The account is told, and the time; all else is the way's. */
function said(url: URL, reply: Way['reply']): Reply | Error {
  if (!url.pathname.startsWith('/api/')) return {};
  if (url.pathname === '/api/accounts' && reply === undefined)
    return page([{ type: 'account', id: 'AbC123', attributes: {} }]);
  return reply?.(url) ?? page([]);
}
