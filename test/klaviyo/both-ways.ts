/** A page made into rows by the scanner, and by the parser: whatever the one takes, the other must say the same of. */
import { Fault } from '../../src/errors.js';
import { noMends, parseJson } from '../../src/klaviyo/json.js';
import { toBody } from '../../src/klaviyo/json-api.js';
import { createScanner } from '../../src/klaviyo/scan.js';
import type { Body, Config, Resource, Slice, StreamName } from '../../src/resource.js';
import { events } from '../../src/resources/events.js';
import { RESOURCES, STREAMS } from '../../src/resources/index.js';
import { listMembers } from '../../src/resources/lists.js';
import { profiles } from '../../src/resources/profiles.js';
import { fitter } from '../../src/row.js';
import { copier } from '../../src/scanned-row.js';
import { schemaOf } from '../../src/schemas.js';
import { toPage } from '../../src/sync/page.js';
import { plan } from '../../src/sync/plan.js';
import { FOREVER, ORIGIN } from '../../src/time.js';
import { bodyOf, PLAIN, textsOf } from './found.js';
import { lastHolds, type Token, tokens } from './tokens.js';

export type Kind = 'events' | 'profiles' | 'members';
export const KINDS: readonly Kind[] = ['events', 'profiles', 'members'];

const OF: Readonly<
  Record<Kind, readonly [Resource & { readonly scan: NonNullable<Resource['scan']> }, StreamName]>
> = {
  events: [events, 'event_v2'],
  profiles: [profiles, 'profile_v2'],
  members: [listMembers, 'profile_list_v2'],
};

const config = { api_key: 'pk_test', excluded_metric_ids: ['left-out'] } as Config;
const warnings = { warn: () => {}, mends: noMends() };

export interface Ways {
  /** Undefined: the page is left to the parser. */
  readonly scanned: (bytes: Buffer) => Body | undefined;
  readonly parsed: (text: string) => Body;
  readonly rows: (body: Body, columns?: ReadonlySet<string>, of?: Partial<Slice>) => readonly string[];
  /** Rows as they read, or that there are none since one is refused. */
  readonly meaning: (body: () => Body, columns?: ReadonlySet<string>) => readonly Token[] | 'refused';
}

export function waysOf(kind: Kind): Ways {
  const [resource, stream] = OF[kind];
  const scan = createScanner(resource.scan, 'keep', schemaOf(stream).properties);
  const made = plan({
    resources: RESOURCES,
    streams: STREAMS,
    chosen: [{ name: stream, mode: 'full_refresh' }],
    bookmarks: new Map(),
    config,
    since: ORIGIN,
    now: '2030-01-01T00:00:00Z',
  });
  const whole: Slice = {
    ...{ resource, from: ORIGIN, to: FOREVER, watermark: ORIGIN },
    ...(kind === 'members' ? { references: [{ id: 'the "list"' }] } : {}),
  };
  const schema = schemaOf(stream);
  const rows: Ways['rows'] = (body, columns, of = {}) => {
    const parts = {
      ...{ ...PLAIN, plan: made, lookup: () => false },
      fits: new Map([[stream, fitter(stream, schema, columns, warnings)]]),
      copies: new Map([[stream, copier(resource, schema, columns, { config, told: () => {} })]]),
    };
    return textsOf(toPage({ ...whole, ...of }, body, parts).rows.get(stream));
  };
  return {
    rows,
    parsed: (text) => toBody(parseJson(text, noMends(), 'keep'), 'the test', false, 'https://a.klaviyo.com'),
    scanned(bytes) {
      const page = scan(bytes);
      return page === undefined ? undefined : bodyOf(page);
    },
    meaning(body, columns) {
      try {
        return rows(body(), columns).map((row) => lastHolds(tokens(row)));
      } catch (error) {
        if (error instanceof Fault || error instanceof SyntaxError) return 'refused';
        throw error;
      }
    },
  };
}
