/** What a user would lose if this failed: the rows at the edge of a range, or all of them to a refused request. */
import { expect } from 'chai';
import fc from 'fast-check';
import { quoted, slicePath, sliceQuery } from '../../src/klaviyo/filter.js';
import type { Config, Resource, Slice, StreamName, Wanted } from '../../src/resource.js';
import { campaigns } from '../../src/resources/campaigns.js';
import { events } from '../../src/resources/events.js';
import { including, plain, sparse } from '../../src/resources/fields.js';
import { flows } from '../../src/resources/flows.js';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import { listMembers, lists } from '../../src/resources/lists.js';
import { metrics } from '../../src/resources/metrics.js';
import { profiles } from '../../src/resources/profiles.js';
import { template, templates } from '../../src/resources/templates.js';
import { FOREVER, fromMillis, type Instant, ORIGIN, toMillis } from '../../src/time.js';

const config = { api_key: 'pk_test' } as Config;
const everything: Wanted = { config, stream: () => true, column: () => true };
/** Every column but `additional_attributes`, which keeps fields from being left out. */
const declared: Wanted = {
  config,
  stream: () => true,
  column: (_, ...names) => !names.includes('additional_attributes'),
};
const wants = (
  chosen: Partial<Record<StreamName, readonly string[]>>,
  more: Partial<Config> = {},
): Wanted => ({
  config: { ...config, ...more },
  stream: (name) => name in chosen,
  column: (name, ...columns) => columns.some((column) => chosen[name]?.includes(column) ?? false),
});

const sliceOf = (resource: Resource, more: Partial<Slice> = {}): Slice => ({
  resource,
  ...(resource.partitions?.[0] === undefined ? {} : { partition: resource.partitions[0] }),
  references: [{ id: 'a1', with: { flow_id: 'F1', campaign_message_id: 'M1' } }, { id: 'b2' }],
  from: '2026-01-02T03:04:05.678Z',
  to: '2026-02-03T00:00:00.000001Z',
  watermark: ORIGIN,
  ...more,
});
const query = (slice: Slice, wanted = everything): string[] =>
  sliceQuery(slice, wanted).map(([name, value]) => `${name}=${value}`);
const filterOf = (slice: Slice): string => new Map(sliceQuery(slice, everything)).get('filter') ?? '';

const RANGE = (field: string): string =>
  `greater-or-equal(${field},2026-01-02T03:04:05Z),less-than(${field},2026-02-03T00:00:01Z)`;
const MEMBERS = [
  'fields[profile]=joined_group_at',
  `filter=${RANGE('joined_group_at')}`,
  'sort=joined_group_at',
  'page[size]=100',
];
const TEMPLATE = 'fields[template]=name,editor_type,html,text,amp,created,updated';

/** What goes out for each resource: its path and query, and what selecting only declared columns adds. */
const GOLDEN: Readonly<
  Record<string, { path: string; query: readonly string[]; fields?: readonly string[] }>
> = {
  metrics: {
    path: '/api/metrics',
    query: ['include=flow-triggers'],
    fields: ['fields[metric]=name,created,updated,integration'],
  },
  lists: {
    path: '/api/lists',
    query: [
      'include=tags,flow-triggers',
      'filter=greater-than(updated,2026-01-02T03:04:04Z)',
      'sort=updated',
      'page[size]=10',
    ],
    fields: ['fields[list]=name,updated,opt_in_process,created'],
  },
  'list members': { path: '/api/lists/a1/profiles', query: MEMBERS },
  segments: {
    path: '/api/segments',
    query: [
      'include=tags,flow-triggers',
      'filter=any(is_active,[true,false]),greater-than(updated,2026-01-02T03:04:04Z)',
      'sort=updated',
      'page[size]=10',
    ],
    fields: ['fields[segment]=name,definition,updated,is_active,is_processing,is_starred,created'],
  },
  'segment members': { path: '/api/segments/a1/profiles', query: MEMBERS },
  flows: {
    path: '/api/flows',
    query: [
      'include=flow-actions,tags',
      `filter=equals(archived,false),${RANGE('updated')}`,
      'sort=updated',
      'page[size]=50',
    ],
    fields: [
      'fields[flow]=name,status,archived,created,updated,trigger_type',
      'fields[flow-action]=created,updated,definition',
    ],
  },
  'flow messages': {
    path: '/api/flow-actions/a1/flow-messages',
    query: [`filter=${RANGE('updated')}`, 'sort=updated', 'page[size]=50'],
    fields: ['fields[flow-message]=channel,created,updated,definition'],
  },
  'flow actions': {
    path: '/api/flows/F1/flow-actions',
    query: ['filter=any(id,["a1","b2"])', 'page[size]=50'],
  },
  campaigns: {
    path: '/api/campaigns',
    query: [
      'include=campaign-messages,tags',
      `filter=equals(messages.channel,'email'),equals(archived,false),${RANGE('updated_at')}`,
      'sort=updated_at',
      'page[size]=100',
    ],
    fields: [
      'fields[campaign]=name,status,archived,send_options,send_strategy,created_at,scheduled_at,send_time,audiences,tracking_options,updated_at',
      'fields[campaign-message]=created_at,definition,send_times,updated_at',
    ],
  },
  templates: {
    path: '/api/templates',
    query: ['filter=any(id,["a1","b2"])', 'page[size]=10'],
    fields: [TEMPLATE],
  },
  template: { path: '/api/templates/a1', query: [], fields: [TEMPLATE] },
  'template of a message': { path: '/api/campaign-messages/M1/template', query: [], fields: [TEMPLATE] },
  'recipient estimations': { path: '/api/campaign-recipient-estimations/a1', query: [] },
  profiles: {
    path: '/api/profiles',
    query: [
      'additional-fields[profile]=subscriptions',
      'filter=greater-than(updated,2026-01-02T03:04:04Z),less-than(updated,2026-02-03T00:00:01Z)',
      'sort=updated',
      'page[size]=100',
    ],
    fields: [
      'fields[profile]=email,phone_number,external_id,first_name,last_name,organization,locale,title,image,created,updated,last_event_date,location,properties,subscriptions',
    ],
  },
  events: {
    path: '/api/events',
    query: ['include=attributions', `filter=${RANGE('datetime')}`, 'sort=datetime', 'page[size]=1000'],
    fields: ['fields[event]=timestamp,datetime,uuid,event_properties'],
  },
};

describe('what is asked', () => {
  it('every resource has its golden query', () => {
    expect(reachable(RESOURCES).map(({ name }) => name)).to.have.members(Object.keys(GOLDEN));
  });

  for (const resource of reachable(RESOURCES)) {
    const golden = GOLDEN[resource.name] ?? { path: '', query: [] };
    it(`${resource.name}: page 1`, () => {
      expect(slicePath(sliceOf(resource))).to.equal(golden.path);
      expect(query(sliceOf(resource))).to.deep.equal(golden.query);
    });

    it(`P8 ${resource.name}: page 2 is page 1 and the token, nothing twice`, () => {
      const second = query(sliceOf(resource, { pageCursor: 'bmV4dA==' }));
      expect(second).to.deep.equal([...golden.query, 'page[cursor]=bmV4dA==']);
      expect(new Set(second.map((one) => one.split('=')[0])).size).to.equal(second.length);
    });

    it(`K5 ${resource.name}: only what was selected is fetched, where the endpoint lets us say so`, () => {
      expect(query(sliceOf(resource), declared)).to.have.members([...golden.query, ...(golden.fields ?? [])]);
    });
  }

  it('each partition of campaigns and flows, and no other, is asked for', () => {
    expect(campaigns.partitions).to.deep.equal([
      "equals(messages.channel,'email'),equals(archived,false)",
      "equals(messages.channel,'email'),equals(archived,true)",
      "equals(messages.channel,'sms'),equals(archived,false)",
      "equals(messages.channel,'sms'),equals(archived,true)",
      "equals(messages.channel,'mobile_push'),equals(archived,false)",
      "equals(messages.channel,'mobile_push'),equals(archived,true)",
    ]);
    for (const partition of campaigns.partitions)
      expect(filterOf(sliceOf(campaigns, { partition }))).to.equal(`${partition},${RANGE('updated_at')}`);
    expect(flows.partitions).to.deep.equal(['equals(archived,false)', 'equals(archived,true)']);
  });

  it('a listing that is walked for its children comes in the order of their creation', () => {
    expect(query(sliceOf(lists, { walked: ORIGIN }))).to.include('sort=created');
    expect(query(sliceOf(lists))).to.include('sort=updated');
  });

  it('P7 a page size that was asked for is taken, and none sent where the endpoint knows none', () => {
    expect(sliceQuery(sliceOf(profiles), everything, 1)).to.deep.include(['page[size]', '1']);
    expect(sliceQuery(sliceOf(metrics), everything).map(([name]) => name)).not.to.include('page[size]');
  });
});

describe('the bounds of a request', () => {
  it('the origin and the end of time are no bounds', () => {
    expect(filterOf(sliceOf(profiles, { from: ORIGIN, to: FOREVER }))).to.equal('');
    expect(filterOf(sliceOf(profiles, { from: ORIGIN }))).to.equal('less-than(updated,2026-02-03T00:00:01Z)');
    expect(filterOf(sliceOf(events, { to: FOREVER }))).to.equal(
      'greater-or-equal(datetime,2026-01-02T03:04:05Z)',
    );
    expect(filterOf(sliceOf(flows, { from: ORIGIN, to: FOREVER }))).to.equal('equals(archived,false)');
  });

  it('a bound on a whole second stays there, but for the second that greater-than leaves out', () => {
    const whole = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' };
    expect(filterOf(sliceOf(events, whole))).to.equal(
      'greater-or-equal(datetime,2026-03-01T00:00:00Z),less-than(datetime,2026-03-02T00:00:00Z)',
    );
    expect(filterOf(sliceOf(profiles, whole))).to.equal(
      'greater-than(updated,2026-02-28T23:59:59Z),less-than(updated,2026-03-02T00:00:00Z)',
    );
  });

  const instant: fc.Arbitrary<Instant> = fc
    .tuple(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }), fc.integer({ min: 0, max: 999 }))
    .map(([ms, micros]) => {
      const text = fromMillis(ms);
      return micros === 0
        ? text
        : `${text.slice(0, 19)}.${`${ms % 1000}`.padStart(3, '0')}${`${micros}`.padStart(3, '0')}Z`;
    });
  const micros = (at: Instant): bigint =>
    BigInt(toMillis(`${at.slice(0, 19)}Z`)) * 1000n + BigInt((at.slice(20, -1) || '0').padEnd(6, '0'));

  it('P11 T9 every instant of the slice passes the filter, to the microsecond, and little else does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Resource>(profiles, events, listMembers),
        instant,
        instant,
        instant,
        (resource, a, b, at) => {
          const [from, to] = micros(a) < micros(b) ? [a, b] : [b, a];
          const bounds = [
            ...filterOf(sliceOf(resource, { from, to })).matchAll(/([a-z-]+)\([a-z_]+,([^)]+)\)/g),
          ];
          expect(bounds).to.have.length(2);
          const passes = (value: bigint): boolean =>
            bounds.every(([, operator, bound]) => {
              const limit = micros(bound ?? '');
              return operator === 'greater-than'
                ? value > limit
                : operator === 'less-than'
                  ? value < limit
                  : value >= limit;
            });
          if (micros(from) < micros(to)) {
            expect(passes(micros(from))).to.equal(true);
            expect(passes(micros(to) - 1n)).to.equal(true);
          }
          if (micros(at) >= micros(from) && micros(at) < micros(to))
            expect(passes(micros(at))).to.equal(true);
          expect(passes(micros(from) - 2_000_000n)).to.equal(false);
          expect(passes(micros(to) + 1_000_000n)).to.equal(false);
        },
      ),
    );
  });
});

describe('names in a request', () => {
  it('an id cannot leave its quotes', () => {
    expect(quoted('a"),equals(b,"c')).to.equal('"a\\"),equals(b,\\"c"');
    expect(quoted('back\\slash')).to.equal('"back\\\\slash"');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab"\\,)(') }), (id) => {
        const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(quoted(id))?.[1];
        expect(inner?.replace(/\\(.)/g, '$1')).to.equal(id);
      }),
    );
    expect(
      filterOf(sliceOf(templates, { references: [{ id: 'a"b' }, { id: 'a"b' }, { id: 'c' }] })),
    ).to.equal('any(id,["a\\"b","c"])');
  });

  it('an id cannot leave its place in the path', () => {
    for (const [id, path] of [
      ['a/b', '/api/templates/a%2Fb'],
      ['a?b=c', '/api/templates/a%3Fb%3Dc'],
      ['a#b%', '/api/templates/a%23b%25'],
      ['\u00fc', '/api/templates/%C3%BC'],
    ] as const)
      expect(slicePath(sliceOf(template, { references: [{ id }] }))).to.equal(path);
  });

  it('an id of dots would lead to another endpoint: it is refused, not asked', () => {
    for (const id of ['.', '..'])
      expect(() => slicePath(sliceOf(listMembers, { references: [{ id }] }))).to.throw(
        'KLV_CONTRACT list members: the id',
      );
    expect(slicePath(sliceOf(listMembers, { references: [{ id: '...' }] }))).to.equal(
      '/api/lists/.../profiles',
    );
  });
});

describe('sparse fieldsets', () => {
  it('D1 nothing is left out where additional_attributes is read: what is new could not arrive', () => {
    const wanted = wants({ metric_v2: ['id', 'name', 'additional_attributes'] });
    expect(sparse(wanted, 'metric', plain('metric_v2', 'name', 'created'))).to.deep.equal({});
  });

  it('K5 K7 an attribute is asked for by each stream that needs it, and by none else', () => {
    const needs = {
      a: [['list_v2', 'a']],
      b: [['list_v2', 'b', 'c'], ['profile_list_v2']],
      d: [['profile_list_v2', 'd']],
    } as const;
    expect(sparse(wants({ list_v2: ['a'] }), 'list', needs)).to.deep.equal({ 'fields[list]': 'a' });
    expect(sparse(wants({ list_v2: ['c'] }), 'list', needs)).to.deep.equal({ 'fields[list]': 'b' });
    expect(sparse(wants({ profile_list_v2: [] }), 'list', needs)).to.deep.equal({ 'fields[list]': 'b' });
    expect(sparse(wants({ list_v2: ['a', 'b'], profile_list_v2: ['d'] }), 'list', needs)).to.deep.equal({
      'fields[list]': 'a,b,d',
    });
    expect(sparse(wants({ list_v2: ['x'] }), 'list', needs)).to.deep.equal({ 'fields[list]': 'id' });
  });

  it('includes the relations that are wanted', () => {
    expect(including({ a: true, b: false, c: true })).to.deep.equal({ include: 'a,c' });
    expect(including({ a: false })).to.deep.equal({});
  });

  it('K7 the lists of a membership are asked for their creation, which the walk needs', () => {
    expect(query(sliceOf(lists, { walked: ORIGIN }), wants({ profile_list_v2: ['list_id'] }))).to.include(
      'fields[list]=created',
    );
  });

  it('predictive analytics are asked for only where the config wants them, since they slow the profiles down', () => {
    const columns = { profile_v2: ['email', 'predictive_analytics'] };
    expect(query(sliceOf(profiles), wants(columns)).join('&')).not.to.contain('predictive');
    const asked = query(sliceOf(profiles), wants(columns, { predictive_analytics: true }));
    expect(asked).to.include('additional-fields[profile]=predictive_analytics');
    expect(profiles.limit({ ...config, predictive_analytics: true })).to.deep.equal({
      burst: 10,
      steady: 150,
    });
    expect(profiles.limit(config)).to.deep.equal({ burst: 75, steady: 750 });
  });
});
