/** What a user would lose if this failed: their place. Everything is read again, or, worse, some of it never. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../src/errors.js';
import { airbyte } from '../src/protocol/airbyte.js';
import { singer } from '../src/protocol/singer.js';
import type { StreamName } from '../src/resource.js';
import { STREAMS } from '../src/resources/index.js';
import { type Bookmark, parseState, type State } from '../src/state.js';
import { compare, fromMillis, type Instant } from '../src/time.js';

const cursorOf = (stream: string): { readonly cursor?: string } | undefined =>
  STREAMS.get(stream as StreamName)?.stream;
const parse = (document: unknown): State => parseState(document, cursorOf);
const entries = (document: unknown): unknown => Object.fromEntries(parse(document).bookmarks);
/** Without maps, whose entries chai puts in order by their text: a member `toString` of the data gives them none. */
const shown = ({ bookmarks, unknown, ...rest }: State): unknown => ({
  ...rest,
  bookmarks: Object.fromEntries(bookmarks),
  unknown: Object.fromEntries(unknown),
});
const fault = (document: unknown): Fault => {
  try {
    parse(document);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(document)} was taken`);
};

const UNTIL = '2026-09-01T00:00:00Z';
const GAPS = [['2026-08-01T00:00:00Z', '2026-08-02T00:00:00.5Z']];
const ENTRY = { version: 1, until: UNTIL, gaps: GAPS };
const WALKED = {
  version: 1,
  until: UNTIL,
  gaps: [
    ['1970-01-01T00:00:00Z', UNTIL, { after: '2025-01-01T00:00:00Z', open: { XyZ: '2026-01-01T00:00:00Z' } }],
  ],
  reread: '2026-08-30T00:00:00Z',
};
const TWO = { event_v2: ENTRY, profile_list_v2: WALKED };
const airbyteStream = (name: string, stream_state: unknown): object => ({
  stream_descriptor: { name },
  stream_state,
});

describe('states that are accepted', () => {
  it('S2 none: {}, null, [] and empty bookmarks are a first run', () => {
    for (const document of [
      undefined,
      null,
      {},
      [],
      { bookmarks: {} },
      { bookmarks: null },
      [{}],
      { type: 'STATE', value: {} },
      { singer_state: {} },
      { stateType: 'not_set', connectionId: 'c' },
      { singer_state: null },
      { completed: {}, partial: {} },
      { completed: null },
    ]) {
      const { bookmarks, unknown, warnings } = parse(document);
      expect([bookmarks.size, unknown.size, warnings], JSON.stringify(document)).to.deep.equal([0, 0, []]);
    }
  });

  for (const [form, document] of [
    ['Singer', { bookmarks: TWO }],
    ['a Singer line as it was written', { type: 'STATE', value: { bookmarks: TWO } }],
    ['bare entries', TWO],
    [
      'S11 Airbyte, STREAM',
      Object.entries(TWO).map(([name, entry]) => ({ type: 'STREAM', stream: airbyteStream(name, entry) })),
    ],
    [
      'S11 Airbyte, GLOBAL',
      [
        {
          type: 'GLOBAL',
          global: {
            shared_state: {},
            stream_states: Object.entries(TWO).map((one) => airbyteStream(...one)),
          },
        },
      ],
    ],
    [
      'S11 Airbyte, GLOBAL, no array',
      { type: 'GLOBAL', global: { stream_states: Object.entries(TWO).map((one) => airbyteStream(...one)) } },
    ],
    ['S11 Airbyte, LEGACY', { type: 'LEGACY', data: TWO }],
    ['S11 Airbyte, LEGACY in an array', [{ type: 'LEGACY', data: TWO }]],
    ['S11 Airbyte, data alone', [{ data: TWO }]],
    [
      'S11 Airbyte, as its settings show it',
      Object.entries(TWO).map(([name, streamState]) => ({ streamDescriptor: { name }, streamState })),
    ],
    [
      'S11 Airbyte, as its API gives it out',
      {
        stateType: 'stream',
        connectionId: 'c',
        streamState: Object.entries(TWO).map(([name, streamState]) => ({
          streamDescriptor: { name },
          streamState,
        })),
      },
    ],
    ['S11 Meltano, as state get prints it', { singer_state: { bookmarks: TWO } }],
    ['S11 Meltano, without bookmarks around the entries', { singer_state: TWO }],
    ['S11 Meltano, as it is stored', { completed: { singer_state: { bookmarks: TWO } }, partial: {} }],
    [
      'S11 Meltano, a partial state goes before',
      {
        completed: { singer_state: { bookmarks: { ...TWO, event_v2: { ...ENTRY, gaps: [] } } } },
        partial: { singer_state: { bookmarks: { event_v2: ENTRY } } },
      },
    ],
    [
      'S11 Meltano, nothing but a partial state',
      { completed: {}, partial: { singer_state: { bookmarks: TWO } } },
    ],
    [
      'Airbyte lines as they were written, gathered',
      Object.entries(TWO).map(([name, entry]) => ({
        type: 'STATE',
        state: { type: 'STREAM', stream: airbyteStream(name, entry) },
      })),
    ],
  ] as const satisfies readonly (readonly [string, unknown])[])
    it(form, () => {
      const { warnings } = parse(document);
      expect(entries(document)).to.deep.equal(TWO);
      expect(warnings).to.deep.equal([]);
    });

  it('an Airbyte line as it was written, and one stream by itself', () => {
    const stream = airbyteStream('event_v2', ENTRY);
    for (const document of [
      { type: 'STATE', state: { type: 'STREAM', stream } },
      { type: 'STREAM', stream },
    ])
      expect(entries(document)).to.deep.equal({ event_v2: ENTRY });
  });

  it('what either protocol writes, the other reads', () => {
    const state = parse({ bookmarks: { ...TWO, other: 5 }, extra: { a: 1 } });
    const parts = { streams: [], state, now: () => 0 };
    for (const [stream, bookmark] of state.bookmarks)
      for (const protocol of [singer(parts), airbyte(parts)]) {
        const line: unknown = JSON.parse(String(protocol.say({ type: 'state', stream, bookmark })));
        expect(parse(line).bookmarks.get(stream)).to.deep.equal(bookmark);
      }
    const whole = parse(JSON.parse(singer(parts).end()));
    expect(whole).to.deep.include({
      bookmarks: state.bookmarks,
      unknown: state.unknown,
      beside: state.beside,
    });
  });

  it('S11 a stream_state of null or {} is a reset of that stream alone', () => {
    for (const reset of [null, {}, undefined])
      expect(
        entries([
          { type: 'STREAM', stream: airbyteStream('event_v2', reset) },
          { type: 'STREAM', stream: airbyteStream('profile_list_v2', WALKED) },
        ]),
      ).to.deep.equal({ profile_list_v2: WALKED });
  });

  it('S5 the plain form of other connectors', () => {
    expect(
      entries({
        event_v2: { datetime: '2026-09-01T02:00:00+02:00' },
        profile_v2: { updated: '2026-09-01 00:00:00.123456+00:00', other: 1 },
        list_v2: { replication_key: 'updated', replication_key_value: '2026-09-01T00:00:00Z' },
      }),
    ).to.deep.equal({
      event_v2: { version: 1, until: UNTIL, gaps: [] },
      profile_v2: { version: 1, until: '2026-09-01T00:00:00.123456Z', gaps: [] },
      list_v2: { version: 1, until: UNTIL, gaps: [] },
    });
  });

  it('instants are normalised, wherever they stand', () => {
    const gap = [
      '2026-08-01T02:00:00+02:00',
      '2026-08-02 00:00:00.500Z',
      { after: '2025-01-01T00:00:00+0000', open: { a: '2026-01-01T00:00:00.000Z' } },
    ];
    expect(
      entries({
        event_v2: {
          version: 1,
          until: ' 2026-09-01T00:00:00z',
          gaps: [gap],
          reread: '2026-08-30T00:00:00-00:00',
        },
      }),
    ).to.deep.equal({
      event_v2: {
        version: 1,
        until: UNTIL,
        gaps: [
          [
            '2026-08-01T00:00:00Z',
            '2026-08-02T00:00:00.5Z',
            { after: '2025-01-01T00:00:00Z', open: { a: '2026-01-01T00:00:00Z' } },
          ],
        ],
        reread: '2026-08-30T00:00:00Z',
      },
    });
  });

  it('S8 an unknown stream is kept word for word, and told of once', () => {
    const odd = { anything: [1, null], version: 99 };
    const { unknown, bookmarks, warnings } = parse({
      bookmarks: { event_v2: ENTRY, gone_v1: odd, __proto: null },
    });
    expect(unknown.get('gone_v1')).to.equal(odd);
    expect([...bookmarks.keys()]).to.deep.equal(['event_v2']);
    expect(warnings[0]).to.equal('KLV_STATE_UNKNOWN "gone_v1" is no stream — its entry is kept as it is');
    expect(warnings).to.have.length(2);
  });

  it('S9 one entry says nothing about another stream', () => {
    expect(parse({ bookmarks: { event_v2: ENTRY } }).bookmarks.get('profile_v2')).to.equal(undefined);
  });

  it('members that are not known are kept: in an entry, and beside the bookmarks', () => {
    const state = parse({
      bookmarks: { event_v2: { ...ENTRY, note: { by: 'x' } } },
      currently_syncing: null,
      more: 1,
    });
    expect(state.bookmarks.get('event_v2')).to.deep.equal({ ...ENTRY, note: { by: 'x' } });
    expect(state.beside).to.deep.equal({ currently_syncing: null, more: 1 });
  });
});

describe('states that are refused, never read as none', () => {
  const form = 'give the last state as it was written, or take the stream out of it';
  for (const [what, document, line] of [
    ['a text', 'abc', 'KLV_STATE_FORM state: must be an object or an array'],
    ['a number', 5, 'KLV_STATE_FORM state: must be an object or an array'],
    ['bookmarks that are a list', { bookmarks: [] }, 'KLV_STATE_FORM state: bookmarks must be an object'],
    ['an array of texts', ['x'], 'KLV_STATE_FORM state: a state message must be an object'],
    [
      'a stream without a name',
      [{ type: 'STREAM', stream: {} }],
      'KLV_STATE_FORM state: a stream state has no stream_descriptor.name',
    ],
    [
      'a message that holds nothing',
      [{ type: 'STREAM' }],
      'KLV_STATE_FORM state: a state message has neither a stream nor data',
    ],
    [
      'a record',
      [{ type: 'RECORD', record: {} }],
      'KLV_STATE_FORM state: a state message has neither a stream nor data',
    ],
    [
      'an array of Singer states',
      [{ bookmarks: TWO }],
      'KLV_STATE_FORM state: a state message has neither a stream nor data',
    ],
    [
      'S4 an entry that is a text',
      { event_v2: '2026-09-01' },
      'KLV_STATE_FORM state of event_v2: must be an object, got "2026-09-01"',
    ],
    [
      'S4 an entry that is a list',
      { event_v2: [] },
      'KLV_STATE_FORM state of event_v2: must be an object, got []',
    ],
    [
      'S4 a cursor that is a number',
      { event_v2: { datetime: 1788220800 } },
      'KLV_STATE_FORM state of event_v2: datetime is 1788220800, not a date-time with a zone',
    ],
    [
      'S4 a cursor without a zone',
      { event_v2: { datetime: '2026-09-01 00:00:00' } },
      'KLV_STATE_FORM state of event_v2: datetime is "2026-09-01 00:00:00", not a date-time with a zone',
    ],
    [
      'S4 a cursor that is a day',
      { profile_v2: { updated: '2026-09-01' } },
      'KLV_STATE_FORM state of profile_v2: updated is "2026-09-01", not a date-time with a zone',
    ],
    [
      'S4 a cursor of no such day',
      { profile_v2: { updated: '2026-02-30T00:00:00Z' } },
      'KLV_STATE_FORM state of profile_v2: updated is "2026-02-30T00:00:00Z", not a date-time with a zone',
    ],
    [
      'S4 another cursor',
      { event_v2: { updated: UNTIL } },
      'KLV_STATE_FORM state of event_v2: has neither a version nor datetime',
    ],
    [
      'S4 a cursor of a stream that has none',
      { metric_v2: { updated: UNTIL } },
      'KLV_STATE_FORM state of metric_v2: has neither a version nor a cursor, which the stream lacks',
    ],
    [
      'S1 a config',
      { api_key: 'pk_x', base_url: 'http://127.0.0.1:8787' },
      'KLV_STATE_FORM state: it holds no entry of a stream, so it is another file',
    ],
    [
      'S1 a catalog',
      { streams: [{ tap_stream_id: 'event_v2' }] },
      'KLV_STATE_FORM state: it holds no entry of a stream, so it is another file',
    ],
    [
      'S1 a config where Meltano keeps a state',
      { singer_state: { api_key: 'pk_x' } },
      'KLV_STATE_FORM state: it holds no entry of a stream, so it is another file',
    ],
    [
      'no until',
      { event_v2: { version: 1, gaps: [] } },
      'KLV_STATE_FORM state of event_v2: until is undefined, not a date-time with a zone',
    ],
    [
      'no gaps',
      { event_v2: { version: 1, until: UNTIL } },
      'KLV_STATE_FORM state of event_v2: gaps must be an array of [from, to]',
    ],
    [
      'a gap of one end',
      { event_v2: { ...ENTRY, gaps: [[UNTIL]] } },
      'KLV_STATE_FORM state of event_v2: gaps[0] must be [from, to]',
    ],
    [
      'a gap that ends before it begins',
      { event_v2: { ...ENTRY, gaps: [...GAPS, [UNTIL, '2026-08-01T00:00:00Z']] } },
      'KLV_STATE_FORM state of event_v2: gaps[1] ends before it begins',
    ],
    [
      'a gap with an odd end',
      { event_v2: { ...ENTRY, gaps: [[UNTIL, 'x']] } },
      'KLV_STATE_FORM state of event_v2: gaps[0][1] is "x", not a date-time with a zone',
    ],
    [
      'an odd walk',
      { profile_list_v2: { ...WALKED, gaps: [[UNTIL, UNTIL, { after: UNTIL }]] } },
      'KLV_STATE_FORM state of profile_list_v2: gaps[0][2] must be {"after": …, "open": {…}}',
    ],
    [
      'an odd instant in a walk',
      { profile_list_v2: { ...WALKED, gaps: [[UNTIL, UNTIL, { after: UNTIL, open: { a: null } }]] } },
      'KLV_STATE_FORM state of profile_list_v2: gaps[0][2].open is null, not a date-time with a zone',
    ],
    [
      'an odd reread',
      { event_v2: { ...ENTRY, reread: 1 } },
      'KLV_STATE_FORM state of event_v2: reread is 1, not a date-time with a zone',
    ],
    [
      'a version of none',
      { event_v2: { ...ENTRY, version: 0 } },
      'KLV_STATE_FORM state of event_v2: version 0 is none',
    ],
    [
      'a version that is a text',
      { event_v2: { ...ENTRY, version: '1' } },
      'KLV_STATE_FORM state of event_v2: version "1" is none',
    ],
  ] as const satisfies readonly (readonly [string, unknown, string])[])
    it(what, () => {
      const { message, class: of } = fault(document);
      expect(message).to.equal(`${line} — ${form}`);
      expect(message.length).to.be.at.most(220);
      expect(of).to.equal('config');
    });

  it('S6 a newer version', () => {
    expect(fault({ bookmarks: { event_v2: { version: 3, anything: true } } }).message).to.equal(
      'KLV_STATE_NEWER state of event_v2: v3 > v1 — upgrade the connector',
    );
  });

  it('one wrong entry refuses the whole, a long one in few words', () => {
    const { message } = fault({
      bookmarks: { event_v2: ENTRY, profile_v2: { updated: 'x'.repeat(10_000) } },
    });
    expect(message).to.contain('state of profile_v2: updated is "xxx').and.to.have.length.below(250);
  });
});

describe('I14 state algebra', () => {
  const instant: fc.Arbitrary<Instant> = fc
    .integer({ min: 0, max: Date.UTC(2100, 0) })
    .chain((ms) => fc.constantFrom(fromMillis(ms), `${fromMillis(ms).slice(0, 19)}.000001Z`));
  const name = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'constructor', 'until2'));
  const walk = fc.record({
    after: instant,
    open: fc.array(fc.tuple(name, instant), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
  });
  const gap = fc
    .tuple(instant, instant, fc.option(walk, { nil: undefined }))
    .map(([a, b, how]) => [...(compare(a, b) <= 0 ? [a, b] : [b, a]), ...(how === undefined ? [] : [how])]);
  const bookmark = fc
    .record(
      {
        version: fc.constant(1),
        until: instant,
        gaps: fc.array(gap, { maxLength: 4 }),
        reread: instant,
        note: fc.jsonValue(),
      },
      { requiredKeys: ['version', 'until', 'gaps'] },
    )
    .map((made) => made as unknown as Bookmark);
  const stream = fc.constantFrom<StreamName>(...STREAMS.keys());

  it('parse ∘ print = id, in both protocols, unknown members and streams kept', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(stream, bookmark), { maxLength: 6 }),
        fc.dictionary(fc.constantFrom('old_v1', 'other'), fc.jsonValue()),
        fc.dictionary(fc.constantFrom('currently_syncing', 'note'), fc.jsonValue()),
        (known, unknown, beside) => {
          const written = { ...beside, bookmarks: { ...unknown, ...Object.fromEntries(known) } };
          const text = JSON.stringify(written);
          const state = parse(JSON.parse(text));
          const printed = {
            ...state.beside,
            bookmarks: Object.fromEntries([...state.unknown, ...state.bookmarks]),
          };
          expect(JSON.parse(JSON.stringify(printed))).to.deep.equal(JSON.parse(text));
          expect(shown(parse(JSON.parse(JSON.stringify(printed))))).to.deep.equal(shown(state));
          for (const [one, made] of state.bookmarks)
            expect(entries([{ type: 'STREAM', stream: airbyteStream(one, made) }])).to.deep.equal({
              [one]: made,
            });
        },
      ),
    );
  });

  it('S13 the same state, given again, is the same', () => {
    const once = parse({ bookmarks: TWO });
    expect(parse({ bookmarks: Object.fromEntries(once.bookmarks) }).bookmarks).to.deep.equal(once.bookmarks);
  });

  it('never anything but a state or a fault of the table', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.dictionary(stream, fc.jsonValue()),
          fc.dictionary(
            stream,
            fc.record({ version: fc.jsonValue(), gaps: fc.jsonValue() }, { requiredKeys: [] }),
          ),
        ),
        (document) => {
          try {
            parse(document);
          } catch (error) {
            expect(error).to.be.instanceOf(Fault);
            expect((error as Fault).code).to.match(/^KLV_STATE_/);
          }
        },
      ),
    );
  });
});

describe('states at the edge of a form', () => {
  const WHAT = 'give the last state as it was written, or take the stream out of it';

  it('S2 S11 messages that hold nothing are a first run', () => {
    for (const document of [
      [{ type: 'LEGACY', data: null }],
      [{ type: 'LEGACY' }],
      { type: 'LEGACY' },
      { type: 'GLOBAL', global: {} },
      [{ type: 'GLOBAL', global: { shared_state: {}, stream_states: null } }],
      [{ type: 'GLOBAL', global: { stream_states: [] } }],
      { type: 'STATE', value: null },
    ])
      expect(shown(parse(document)), JSON.stringify(document)).to.deep.include({
        bookmarks: {},
        unknown: {},
        warnings: [],
      });
  });

  it('S11 a list that was read in part comes back with the ranges that are left of it', () => {
    const walk = {
      after: '2025-01-01T00:00:00Z',
      open: {
        whole: '2026-01-01T00:00:00Z',
        part: [
          ['2026-01-01T02:00:00+02:00', '2026-01-02T00:00:00.50Z'],
          ['2026-01-03T00:00:00Z', '2026-01-03T00:00:00Z'],
        ],
        none: [],
      },
    };
    const bookmark = parse({
      profile_list_v2: { version: 1, until: UNTIL, gaps: [['1970-01-01T00:00:00Z', UNTIL, walk]] },
    }).bookmarks.get('profile_list_v2');
    expect(bookmark?.gaps[0]?.[2]).to.deep.equal({
      after: '2025-01-01T00:00:00Z',
      open: {
        whole: '2026-01-01T00:00:00Z',
        part: [
          ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00.5Z'],
          ['2026-01-03T00:00:00Z', '2026-01-03T00:00:00Z'],
        ],
        none: [],
      },
    });
  });

  it('S8 streams that are called like a part of a message are streams all the same', () => {
    const { bookmarks, unknown } = parse({ event_v2: ENTRY, value: { a: 1 }, state: { b: 2 }, data: {} });
    expect([...bookmarks.keys()]).to.deep.equal(['event_v2']);
    expect(Object.fromEntries(unknown)).to.deep.equal({ value: { a: 1 }, state: { b: 2 }, data: {} });
  });

  const gap = (...ends: unknown[]): object => ({ event_v2: { ...ENTRY, gaps: [ends] } });
  const open = (left: unknown): object => ({
    profile_list_v2: { ...WALKED, gaps: [[UNTIL, UNTIL, { after: UNTIL, open: { a: left } }]] },
  });
  for (const [what, document, line] of [
    [
      'a line of stdout that is no state',
      { type: 'RECORD', stream: 'event_v2', record: { id: 'a' } },
      'state: is a message, and no state',
    ],
    ['a state line that was cut off', { type: 'STATE' }, 'state: is a message, and no state'],
    [
      'a gathered line that was cut off',
      [{ type: 'STATE' }],
      'state: a state message has neither a stream nor data',
    ],
    [
      'S11 a message that only looks like one of Airbyte',
      [{ state: { type: 'STREAM', stream: airbyteStream('event_v2', ENTRY) } }],
      'state: a state message has neither a stream nor data',
    ],
    [
      'S11 a LEGACY message of something else',
      [{ type: 'LEGACY', date: {} }],
      'state: a state message has neither a stream nor data',
    ],
    [
      'S11 a GLOBAL message with a stream of nothing',
      [{ type: 'GLOBAL', global: { stream_states: [null] } }],
      'state: a stream state has no stream_descriptor.name',
    ],
    ['half a version', { event_v2: { ...ENTRY, version: 1.5 } }, 'state of event_v2: version 1.5 is none'],
    [
      'a gap that is a text',
      { event_v2: { ...ENTRY, gaps: ['ab'] } },
      'state of event_v2: gaps[0] must be [from, to]',
    ],
    ['a gap of four', gap(UNTIL, UNTIL, undefined, 1), 'state of event_v2: gaps[0] must be [from, to]'],
    [
      'a gap with an odd beginning',
      gap(5, UNTIL),
      'state of event_v2: gaps[0][0] is 5, not a date-time with a zone',
    ],
    [
      'a walk that is a list',
      gap(UNTIL, UNTIL, []),
      'state of event_v2: gaps[0][2] must be {"after": …, "open": {…}}',
    ],
    [
      'what is left of a list, of one end',
      open([[UNTIL]]),
      'state of profile_list_v2: gaps[0][2].open must be [from, to]',
    ],
    [
      'what is left of a list, as text',
      open(['ab']),
      'state of profile_list_v2: gaps[0][2].open must be [from, to]',
    ],
    [
      'what is left of a list, ending before it begins',
      open([[UNTIL, '2026-08-01T00:00:00Z']]),
      'state of profile_list_v2: gaps[0][2].open ends before it begins',
    ],
    [
      'what is left of a list, with an odd end',
      open([[UNTIL, 'x']]),
      'state of profile_list_v2: gaps[0][2].open is "x", not a date-time with a zone',
    ],
    [
      'an odd instant that a walk has reached',
      {
        profile_list_v2: { ...WALKED, gaps: [[UNTIL, UNTIL, { after: 5, open: {} }]] },
      },
      'state of profile_list_v2: gaps[0][2].after is 5, not a date-time with a zone',
    ],
  ] as const satisfies readonly (readonly [string, unknown, string])[])
    it(`${what} is refused`, () => {
      expect(fault(document).message).to.equal(`KLV_STATE_FORM ${line} — ${WHAT}`);
    });

  it('a long entry is told in few words', () => {
    for (const entry of ['x'.repeat(10_000), { ...ENTRY, version: 'x'.repeat(10_000) }])
      expect(fault({ profile_predictive_analytics_v2: entry, event_v2: entry }).message.length).to.be.below(
        201,
      );
  });

  it('S7 whose account it is, and where its history began, come back as they were written', () => {
    const since = '2026-06-01T00:00:00Z';
    expect(
      entries({ event_v2: { ...ENTRY, account: 'AbC123', since: '2026-06-01T02:00:00+02:00' } }),
    ).to.deep.equal({
      event_v2: { ...ENTRY, account: 'AbC123', since },
    });
    expect(fault({ event_v2: { ...ENTRY, account: 5 } }).message).to.contain('account must be text, got 5');
    expect(fault({ event_v2: { ...ENTRY, since: 'June' } }).message).to.contain(
      'since is "June", not a date-time',
    );
  });

  it('S11 what a GLOBAL state shares, and a reset after an entry, count among gathered lines', () => {
    const shared = { shared_state: { a: 1 } };
    const one = (entry: unknown): object => ({ type: 'STREAM', stream: airbyteStream('event_v2', entry) });
    for (const global of [
      { type: 'GLOBAL', global: shared },
      [one(ENTRY), { type: 'GLOBAL', global: shared }],
    ])
      expect(parse(global).beside, JSON.stringify(global)).to.deep.equal(shared);
    expect(parse({ type: 'GLOBAL', global: { shared_state: 5 } }).beside).to.deep.equal({});
    expect(entries([one(ENTRY), one(null)])).to.deep.equal({});
  });
});
