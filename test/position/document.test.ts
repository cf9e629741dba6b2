/** What a user would lose if this failed: the rest of their state, for moving one stream of it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { moveIn, printed, readState } from '../../src/position/document.js';
import type { StreamName } from '../../src/resource.js';
import { compare, fromMillis } from '../../src/time.js';
import { type Entries, FORMS } from './forms.js';

const MOVABLE = [
  'event_v2',
  'profile_v2',
  'list_v2',
  'segment_v2',
  'flow_v2',
] as const satisfies StreamName[];

const day = fc.integer({ min: 1, max: 60 }).map((days) => fromMillis(Date.UTC(2026, 0, days)));
/** Any name, also those that objects have of their own. */
const name = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'constructor', '1'))
  .filter(
    (text) =>
      !['version', 'until', 'gaps', 'since', 'account', 'reread', 'updated', 'datetime'].includes(text),
  );
const unknown = fc
  .array(fc.tuple(name, fc.jsonValue()), { maxLength: 3 })
  .map((members) => Object.fromEntries(members) as Entries);
const versioned = fc
  .tuple(unknown, day, fc.array(fc.tuple(day, day), { maxLength: 3 }))
  .map(([rest, until, gaps]) => ({
    ...rest,
    version: 1,
    until,
    gaps: gaps.map((gap) => [...gap].sort(compare)),
  }));
const plain = fc.tuple(unknown, day).map(([rest, at]) => ({ rest, at }));
const entries = fc
  .tuple(
    fc.record(
      Object.fromEntries([...MOVABLE, 'profile_list_v2', 'metric_v2'].map((stream) => [stream, versioned])),
      { requiredKeys: [] },
    ),
    fc.option(plain),
    fc.option(fc.constantFrom('updated', 'replication_key')),
    fc.jsonValue(),
  )
  .map(([known, other, form, odd]): Entries => {
    const legacy =
      other === null
        ? {}
        : {
            profile_v2:
              form === 'replication_key'
                ? { ...other.rest, replication_key: 'updated', replication_key_value: other.at }
                : { ...other.rest, updated: other.at },
          };
    return { ...known, ...legacy, zz_unknown: odd };
  });
const document = fc
  .tuple(fc.constantFrom(...Object.keys(FORMS)), entries, unknown)
  // Of bare entries one must be a stream's, or they could be anything.
  .filter(([form, all]) => form !== 'bare entries' || Object.keys(all).length > 1)
  .map(([form, all, extra]) => ({ form, all, document: FORMS[form]?.(all, { ...extra, kept: 1 }) }));

/** The stream that Airbyte describes. */
function described(value: object): unknown {
  const { stream_descriptor: one, streamDescriptor: other } = value as Readonly<
    Record<string, { readonly name?: unknown } | undefined>
  >;
  return (one ?? other)?.name;
}

/** What holds no entry of the stream: the form, and all that was not to be touched. */
function without(value: unknown, stream: string): unknown {
  if (Array.isArray(value)) return value.map((one) => without(one, stream)).filter((one) => one !== GONE);
  if (typeof value !== 'object' || value === null) return value;
  if (described(value) === stream) return GONE;
  const members = Object.entries(value)
    .filter(([member]) => member !== stream)
    .map(([member, inside]) => [member, without(inside, stream)] as const);
  return members.some(([, inside]) => inside === GONE) ? GONE : Object.fromEntries(members);
}
const GONE = Symbol('gone');

describe('a state document with one stream moved', () => {
  const each = (
    check: (parts: { form: string; all: Entries; document: unknown }, stream: StreamName, to: string) => void,
  ) => fc.assert(fc.property(document, fc.constantFrom(...MOVABLE), day, check), { numRuns: 400 });

  it('S11 reads as that position, in every form', () => {
    each(({ document: before }, stream, to) => {
      const moved = moveIn(before, stream, to).document;
      const bookmark = readState(moved).bookmarks.get(stream);
      expect([bookmark?.until, bookmark?.gaps]).to.deep.equal([to, []]);
    });
  });

  it('S8 has every other entry as it was, and all that is not known', () => {
    each(({ document: before }, stream, to) => {
      const text = JSON.stringify(without(before, stream));
      const moved = moveIn(before, stream, to).document;
      expect(JSON.stringify(without(moved, stream))).to.equal(text);
    });
  });

  it('has the form that it had, and the entry too, with its own unknown members', () => {
    each(({ document: before, all }, stream, to) => {
      const { document: moved } = moveIn(before, stream, to);
      expect([Array.isArray(moved), Object.keys(moved as object)]).to.deep.equal([
        Array.isArray(before),
        [
          ...Object.keys(before as object),
          ...(Array.isArray(moved) && moved.length > (before as unknown[]).length
            ? [String((before as unknown[]).length)]
            : []),
          ...(!('bookmarks' in (before as object)) && before === all && !(stream in all) ? [stream] : []),
        ],
      ]);
      const was = all[stream] as Entries | undefined;
      const now = find(moved, stream) as Entries;
      if (was === undefined) {
        expect(now).to.deep.equal({ version: 1, until: to, gaps: [] });
        return;
      }
      const changed = new Set(['until', 'gaps', 'updated', 'datetime', 'replication_key_value']);
      const rest = (entry: Entries) =>
        JSON.stringify(Object.entries(entry).filter(([one]) => !changed.has(one)));
      expect(rest(now)).to.equal(rest(was));
      expect('version' in now).to.equal('version' in was);
    });
  });

  it('S13 is the same after the second move to one place', () => {
    each(({ document: before }, stream, to) => {
      const once = moveIn(before, stream, to).document;
      expect(JSON.stringify(moveIn(once, stream, to).document)).to.equal(JSON.stringify(once));
    });
  });

  for (const [what, before, after] of [
    ['nothing', null, { bookmarks: { event_v2: 0 } }],
    ['an empty object', {}, { bookmarks: { event_v2: 0 } }],
    [
      'no states',
      [],
      [{ type: 'STREAM', stream: { stream_descriptor: { name: 'event_v2' }, stream_state: 0 } }],
    ],
    ['empty bookmarks', { bookmarks: null, a: 1 }, { bookmarks: { event_v2: 0 }, a: 1 }],
    ['nothing of Meltano’s', { singer_state: {} }, { singer_state: { bookmarks: { event_v2: 0 } } }],
    [
      'nothing that Meltano stored',
      { completed: {}, partial: {} },
      { completed: { singer_state: { bookmarks: { event_v2: 0 } } }, partial: {} },
    ],
    ['an old state without data', { type: 'LEGACY' }, { type: 'LEGACY', data: { event_v2: 0 } }],
    [
      'another stream alone',
      { type: 'STREAM', stream: { stream_descriptor: { name: 'list_v2' }, stream_state: null } },
      [
        { type: 'STREAM', stream: { stream_descriptor: { name: 'list_v2' }, stream_state: null } },
        { type: 'STREAM', stream: { stream_descriptor: { name: 'event_v2' }, stream_state: 0 } },
      ],
    ],
    ['a stream that was reset', { bookmarks: { event_v2: null } }, { bookmarks: { event_v2: 0 } }],
  ] as const)
    it(`S2 S9 holds a stream for which there was ${what}`, () => {
      const entry = JSON.stringify({ version: 1, until: '2026-01-01T00:00:00Z', gaps: [] });
      expect(JSON.stringify(moveIn(before, 'event_v2', '2026-01-01T00:00:00Z').document)).to.equal(
        JSON.stringify(after).replace(/("event_v2"(?:\},"stream_state")?:)0/, `$1${entry}`),
      );
    });

  it('S11 is moved where it holds: in the later of two entries', () => {
    const of = (until: string) => ({
      type: 'STREAM',
      stream: { stream_descriptor: { name: 'event_v2' }, stream_state: { version: 1, until, gaps: [] } },
    });
    const { document: moved } = moveIn(
      [of('2026-01-01T00:00:00Z'), of('2026-02-01T00:00:00Z')],
      'event_v2',
      '2026-01-15T00:00:00Z',
    );
    expect(moved).to.deep.equal([of('2026-01-01T00:00:00Z'), of('2026-01-15T00:00:00Z')]);
  });

  it('is laid out as it was', () => {
    for (const text of [
      '{"a":[1]}',
      '{"a":[1]}\n',
      '{\n  "a": [\n    1\n  ]\n}\n',
      '[\n\t{\n\t\t"a": 1\n\t}\n]',
    ])
      expect(printed(JSON.parse(text), text)).to.equal(text);
  });
});

/** The entry that holds: the last one. */
function find(value: unknown, stream: string): unknown {
  let found: unknown;
  const look = (at: unknown): void => {
    if (typeof at !== 'object' || at === null) return;
    const { stream_state: state, streamState: shown } = at as Readonly<Record<string, unknown>>;
    if (described(at) === stream) found = state ?? shown;
    for (const [member, inside] of Object.entries(at)) {
      if (member === stream) found = inside;
      else look(inside);
    }
  };
  look(value);
  return found;
}
