/** What a user would lose if this failed: the word that Klaviyo has changed, before columns are null for a year. */
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { REVISION } from '../../src/klaviyo/client.js';
import type { StreamName } from '../../src/resource.js';
import { oldRevision, retirement } from '../../src/revision.js';
import { type Account, type AccountKind, makeAccount } from '../../src/sandbox/index.js';
import { addDays, toMillis } from '../../src/time.js';
import { Folder } from '../promises/harness.js';
import { type Answers, at, DATE, event, NOW, page, profile, read } from './answering.js';

const DAY_MS = 86_400_000;

describe('drift: what Klaviyo changes in its answers', () => {
  const folder = new Folder();
  after(() => folder.remove());

  const without = (object: string, ...names: readonly string[]): string => {
    const { attributes, ...rest } = JSON.parse(object);
    for (const name of names) delete attributes[name];
    return JSON.stringify({ ...rest, attributes });
  };
  const pages = (path: string, ...bodies: readonly (readonly string[])[]): Answers => {
    return (url) => {
      if (url.pathname !== path) return undefined;
      const nth = Number(url.searchParams.get('page[cursor]') ?? 0);
      const next = nth + 1 < bodies.length ? `"${url.origin}${path}?page[cursor]=${nth + 1}"` : 'null';
      return page(bodies[nth] ?? []).replace('"next":null', `"next":${next}`);
    };
  };

  it('D1 a new attribute goes into additional_attributes, told once, in both ways', async () => {
    for (const [path, stream, object] of [
      ['/api/events', 'event_v2', (id: string) => event('{"a":1.0}', id)],
      ['/api/profiles', 'profile_v2', (id: string) => profile('{"a":1.0}', id)],
    ] as const) {
      const added = (id: string): string =>
        object(id).replace('"attributes":{', '"attributes":{"brand_new":{"x":1.50},');
      const escaped = (id: string): string => added(id).replace('brand_new', 'brand\\u005fnew');
      const bodies = [[added('a'), object('b')], [added('c')], [escaped('d')]];
      const left = await read(folder, [stream], pages(path, ...bodies));
      expect(left.code, left.stderr).to.equal(0);
      expect(
        left
          .lines(stream)
          .filter((line) => line.includes('"additional_attributes":{"brand_new":{"x":1.50}}')),
      ).to.have.length(2);
      expect(left.rows(stream).at(-1)?.additional_attributes).to.deep.equal({ brand_new: { x: 1.5 } });
      expect(left.lines(stream).filter((line) => line.includes('{"a":1.0}'))).to.have.length(4);
      expect(left.warned(/./)).to.deep.equal([
        `WARNING ${stream}.brand_new is new: it goes into additional_attributes`,
      ]);
    }
  });

  const told = (stream: StreamName, name: string): string =>
    `WARNING KLV_SHAPE ${stream}: ${name} no longer comes — its column is null; see whether a newer version of the connector reads it`;

  for (const [path, stream, object, names] of [
    ['/api/events', 'event_v2', (id: string) => event('{}', id), ['uuid', 'timestamp']],
    ['/api/profiles', 'profile_v2', (id: string) => profile('{}', id), ['title', 'subscriptions']],
  ] as const)
    it(`D2 D6 an attribute of ${stream} that no object of the first page has: null, and told once`, async () => {
      const gone = (id: string): string => without(object(id), ...names);
      const left = await read(folder, [stream], pages(path, [gone('a'), gone('b')], [gone('c')]));
      expect(left.code, left.stderr).to.equal(0);
      expect([...left.warned(/./)].sort()).to.deep.equal(names.map((name) => told(stream, name)).sort());
      for (const row of left.rows(stream)) for (const name of names) expect(row[name]).to.equal(null);
      // One object that has it is enough, and later pages are not looked at.
      const some = await read(folder, [stream], pages(path, [gone('a'), object('b')], [gone('c')]));
      expect(some.warned(/./)).to.deep.equal([]);
      const later = await read(folder, [stream], pages(path, [], [object('b')], [gone('c')]));
      expect(later.warned(/./)).to.deep.equal([]);
      const first = await read(folder, [stream], pages(path, [], [gone('b')], [object('c')]));
      expect(first.warned(/./)).to.have.length(2);
    });

  it('D2 D6 what is not selected is not missed; without additional_attributes what is asked for is', async () => {
    const answer = at('/api/profiles', page([without(profile('{}'), 'title', 'image')]));
    for (const more of [[], ['additional_attributes']]) {
      const left = await read(folder, ['profile_v2'], answer, {
        without: { profile_v2: ['title', ...more] },
      });
      expect(left.warned(/./)).to.deep.equal([told('profile_v2', 'image')]);
    }
  });

  it('D2 D6 predictive analytics are missed where they are asked for, and only there', async () => {
    const answer = at('/api/profiles', page([profile('{}')]));
    const asked = await read(folder, ['profile_v2'], answer, { config: { predictive_analytics: true } });
    expect(asked.warned(/./)).to.deep.equal([told('profile_v2', 'predictive_analytics')]);
    expect((await read(folder, ['profile_v2'], answer)).warned(/./)).to.deep.equal([]);
  });

  it('D2 D6 included objects are looked at, too, and each stream is told of what it reads', async () => {
    const action = `{"type":"flow-action","id":"a","attributes":{"created":"${DATE}","updated":"${DATE}"}}`;
    const flow = `{"type":"flow","id":"f","attributes":{"name":"n","status":"live","archived":false,"created":"${DATE}","updated":"${DATE}"},"relationships":{"flow-actions":{"data":[{"type":"flow-action","id":"a"}]}}}`;
    const left = await read(folder, ['flow_v2', 'flow_action_v2'], (url) =>
      url.pathname === '/api/flows' ? page([flow], `,"included":[${action}]`) : undefined,
    );
    expect([...left.warned(/./)].sort()).to.deep.equal([
      told('flow_action_v2', 'definition'),
      told('flow_v2', 'trigger_type'),
    ]);
  });

  it('D2 D6 what the API need not send is not missed', async () => {
    const required = [
      'name',
      'status',
      'archived',
      'audiences',
      'send_options',
      'send_strategy',
      'created_at',
    ];
    const campaign = (names: readonly string[]): string =>
      JSON.stringify({
        type: 'campaign',
        id: 'c',
        attributes: { ...Object.fromEntries(names.map((name) => [name, null])), updated_at: DATE },
      });
    const whole = await read(folder, ['campaign_v2'], at('/api/campaigns', page([campaign(required)])));
    expect(whole.warned(/KLV_SHAPE/)).to.deep.equal([]);
    const less = await read(
      folder,
      ['campaign_v2'],
      at('/api/campaigns', page([campaign(required.slice(1))])),
    );
    expect(less.warned(/KLV_SHAPE/)).to.deep.equal([told('campaign_v2', 'name')]);
  });

  for (const account of ['shop', 'nasty', 'bulk'] as const satisfies readonly AccountKind[])
    it(`D6 nothing is missed in the account ${account}, with all that can be asked for`, async () => {
      const made: Account = makeAccount({
        account,
        profiles: 30,
        events: 60,
        campaigns: 6,
        flows: 2,
        now: () => NOW,
      });
      for (const config of [{}, { predictive_analytics: true }]) {
        const left = await read(folder, STREAM_NAMES, undefined, { account: made, config });
        expect(left.code, left.stderr).to.equal(0);
        expect(left.warned(/KLV_SHAPE/)).to.deep.equal([]);
        expect(left.rows('profile_v2')).to.not.be.empty;
      }
    });

  it('D6 a revision that falls forward: what is new is kept, what is gone is told, and rows come', async () => {
    const moved = (object: string, from: string, to: string): string =>
      object.replace(`"${from}":`, `"${to}":`);
    const left = await read(folder, ['event_v2', 'profile_v2'], (url) =>
      url.pathname === '/api/events'
        ? page([moved(event('{}'), 'timestamp', 'occurred_at')])
        : url.pathname === '/api/profiles'
          ? page([moved(profile('{}'), 'phone_number', 'phone')])
          : undefined,
    );
    expect(left.code, left.stderr).to.equal(0);
    expect(left.rows('event_v2')[0]?.additional_attributes).to.deep.equal({ occurred_at: 1782173723 });
    expect(left.rows('profile_v2')[0]?.additional_attributes).to.deep.equal({ phone: null });
    expect([...left.warned(/KLV_SHAPE/)].sort()).to.deep.equal([
      told('event_v2', 'timestamp'),
      told('profile_v2', 'phone_number'),
    ]);
    expect(left.warned(/is new/)).to.have.length(2);
  });

  it('D3 another type: text of it in a text column, else whole in additional_attributes, told once', async () => {
    const objects = ['a', 'b'].map((id) =>
      profile('"none"', id, { email: 5, locale: ['de'], location: 'Berlin' }),
    );
    const left = await read(folder, ['profile_v2'], at('/api/profiles', page(objects)));
    expect(left.code, left.stderr).to.equal(0);
    for (const row of left.rows('profile_v2'))
      expect(row).to.deep.include({
        email: '5',
        locale: null,
        properties: null,
        additional_attributes: { locale: ['de'], location: 'Berlin', properties: 'none' },
      });
    expect(left.warned(/is no/)).to.have.length(3);
    expect(left.warned(/values changed/)).to.deep.equal([
      'WARNING values changed: 6 values of another type moved to additional_attributes',
    ]);
    const events = [event('{}').replace('1782173723', '"soon"'), event('[1]', 'e2'), event('{}', 'e3')];
    const read2 = await read(folder, ['event_v2'], at('/api/events', page(events)));
    expect(read2.code).to.equal(0);
    expect(
      read2.rows('event_v2').map((row) => [row.timestamp, row.event_properties, row.additional_attributes]),
    ).to.deep.equal([
      [null, {}, { timestamp: 'soon' }],
      [1782173723, null, { event_properties: [1] }],
      [1782173723, {}, null],
    ]);
  });

  it('D4 new values of what was a short list pass, an unknown channel too', async () => {
    const campaign = `{"type":"campaign","id":"c","attributes":{"name":"n","status":"Sent to the moon","archived":false,"audiences":{},"send_options":{},"send_strategy":{"method":"telepathy"},"created_at":"${DATE}","updated_at":"${DATE}"},"relationships":{"campaign-messages":{"data":[{"type":"campaign-message","id":"m"}]}}}`;
    const message = `{"type":"campaign-message","id":"m","attributes":{"definition":{"channel":"whatsapp","label":"l","content":{"x":1.0}},"send_times":[],"created_at":"${DATE}","updated_at":"${DATE}"}}`;
    const left = await read(folder, ['campaign_v2', 'campaign_messages_v2'], (url) =>
      url.pathname === '/api/campaigns' && /sms.*false/.test(url.search)
        ? page([campaign], `,"included":[${message}]`)
        : undefined,
    );
    expect(left.code, left.stderr).to.equal(0);
    expect(left.rows('campaign_v2')[0]).to.deep.include({
      status: 'Sent to the moon',
      send_strategy: { method: 'telepathy' },
      channel: 'sms',
    });
    expect(left.rows('campaign_messages_v2')[0]).to.include({ id: 'm', channel: 'whatsapp', label: 'l' });
    expect(left.warned(/./)).to.deep.equal([]);
  });

  it('D5 a metric that is renamed keeps its id, and no stream is named after one', async () => {
    const metric = (name: string): string =>
      page([
        `{"type":"metric","id":"m","attributes":{"name":${JSON.stringify(name)},"created":"${DATE}","updated":"${DATE}","integration":{}}}`,
      ]);
    const runs = [];
    for (const name of ['Placed Order', 'Ordered / "Placed" – now called otherwise'])
      runs.push(
        await read(folder, ['metric_v2', 'event_v2'], (url) =>
          url.pathname === '/api/metrics'
            ? metric(name)
            : url.pathname === '/api/events'
              ? page([event('{}')])
              : undefined,
        ),
      );
    const [before, after] = runs;
    expect(before?.rows('metric_v2').map(({ id, name }) => [id, name])).to.deep.equal([
      ['m', 'Placed Order'],
    ]);
    expect(after?.rows('metric_v2').map(({ id }) => id)).to.deep.equal(['m']);
    expect(after?.lines('event_v2')).to.deep.equal(before?.lines('event_v2'));
    const named = (stdout = '') => [...stdout.matchAll(/"stream":"([^"]+)"/g)].map(([, stream]) => stream);
    expect(named(after?.stdout)).to.deep.equal(named(before?.stdout));
  });
});

describe('D7: a revision lives two years', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const end = retirement(REVISION);
  const warned = async (days: number) =>
    (await read(folder, ['metric_v2'], undefined, { now: toMillis(addDays(end, -days)) })).warned(
      /KLV_REVISION_OLD/,
    );

  it('D7 from 90 days before its end each run warns, with the date; not before', async () => {
    const date = `${Number(REVISION.slice(0, 4)) + 2}${REVISION.slice(4)}`;
    const line = `WARNING KLV_REVISION_OLD Klaviyo serves revision ${REVISION} until ${date} — upgrade the connector before that`;
    expect(await warned(91)).to.deep.equal([]);
    expect(await warned(90)).to.deep.equal([line]);
    expect(await warned(0)).to.deep.equal([line]);
    expect(await warned(-400)).to.deep.equal([line]);
  });

  it('D7 two years to the day', () => {
    expect(retirement('2026-07-15')).to.equal('2028-07-15T00:00:00Z');
    expect(oldRevision('2024-02-15', '2025-11-16T23:59:59Z')).to.equal(undefined);
    expect(oldRevision('2024-02-15', '2025-11-17T00:00:00Z')).to.match(/until 2026-02-15/);
  });

  it('D7 the revision that this version speaks has more than 180 days to live today', () => {
    const left = Math.floor((toMillis(end) - Date.now()) / DAY_MS);
    expect(
      left,
      `Klaviyo retires revision ${REVISION} in ${left} days: set REVISION in src/klaviyo/client.ts to the newest one, run \`npm run check:openapi\` with its document, follow its findings, and release`,
    ).to.be.above(180);
  });
});
