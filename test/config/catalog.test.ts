/** Both catalogs, in every form that a runner or a person writes them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { everything, parseCatalog, type Readable, type Selection } from '../../src/catalog.js';
import { Fault } from '../../src/errors.js';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { refusal, well } from './lines.js';

const STANDING: Readonly<Record<string, Omit<Readable, 'name'>>> = {
  event_v2: {
    columns: ['id', 'datetime', 'profile_id', 'event_properties'],
    primaryKey: ['id'],
    cursor: 'datetime',
  },
  metric_v2: { columns: ['id', 'name', 'created'], primaryKey: ['id'] },
};
const READABLE: readonly Readable[] = STREAM_NAMES.map((name) => ({
  name,
  ...(STANDING[name] ?? { columns: ['id', 'updated', 'name'], primaryKey: ['id'], cursor: 'updated' }),
}));

const parse = (catalog: unknown): Selection => {
  const selection = parseCatalog(JSON.stringify(catalog), 'catalog.json', READABLE);
  selection.warnings.forEach(well);
  return selection;
};
const streams = (catalog: unknown) => {
  const { streams: chosen } = parse(catalog);
  return chosen.map(({ name, mode, columns }) => [
    name,
    mode,
    columns === undefined ? 'all' : [...columns].sort(),
  ]);
};

const airbyte = (name: string, more: object = {}, schema: object = {}) => ({
  stream: { name, json_schema: schema, supported_sync_modes: ['full_refresh', 'incremental'] },
  sync_mode: 'incremental',
  destination_sync_mode: 'append_dedup',
  ...more,
});
const root = (facts: object) => ({ breadcrumb: [], metadata: facts });
const field = (column: string, facts: object) => ({ breadcrumb: ['properties', column], metadata: facts });
const singer = (name: string, metadata: readonly object[], more: object = {}) => ({
  tap_stream_id: name,
  stream: name,
  metadata,
  ...more,
});

const DISCOVER = 'use the catalog that the discover command prints';
const MODE = 'choose a sync mode that the stream supports';
const selected = [root({ selected: true })];

const REFUSED: readonly (readonly [row: string, what: string, catalog: unknown, line: string])[] = [
  [
    'K1',
    'an unknown stream',
    { streams: [airbyte('evnts')] },
    'KLV_CATALOG_STREAM "evnts" — did you mean event_v2?',
  ],
  [
    'K1',
    'an unknown stream, Singer',
    { streams: [singer('evnts', selected)] },
    'KLV_CATALOG_STREAM "evnts" — did you mean event_v2?',
  ],
  [
    'K1',
    'a stream of another connector',
    { streams: [airbyte('profiles')] },
    'KLV_CATALOG_STREAM "profiles" — did you mean profile_v2?',
  ],
  [
    'K1',
    'a stream that is like none',
    { streams: [airbyte('x'.repeat(200))] },
    `KLV_CATALOG_STREAM "${'x'.repeat(58)}… — use the names that the discover command prints`,
  ],
  [
    'K6',
    'incremental of a stream that is read whole, Singer',
    { streams: [singer('metric_v2', [root({ selected: true, 'replication-method': 'INCREMENTAL' })])] },
    `KLV_CATALOG_MODE metric_v2 supports full_refresh only — ${MODE}`,
  ],
  [
    'K6',
    'an unknown mode',
    { streams: [airbyte('event_v2', { sync_mode: 'sideways' })] },
    `KLV_CATALOG_MODE event_v2 supports full_refresh and incremental, got "sideways" — ${MODE}`,
  ],
  [
    'K6',
    'an unknown mode of a stream that is read whole',
    { streams: [airbyte('metric_v2', { sync_mode: 'constructor' })] },
    `KLV_CATALOG_MODE metric_v2 supports full_refresh only — ${MODE}`,
  ],
  [
    'K6',
    'LOG_BASED',
    { streams: [singer('event_v2', [root({ selected: true, 'replication-method': 'LOG_BASED' })])] },
    `KLV_CATALOG_MODE event_v2 supports full_refresh and incremental, got "LOG_BASED" — ${MODE}`,
  ],
  [
    'K9',
    'a stream twice',
    { streams: [airbyte('event_v2'), airbyte('event_v2')] },
    'KLV_CATALOG_STREAM event_v2 is in the catalog twice — keep one of the two',
  ],
  [
    'K9',
    'a stream twice, Singer',
    { streams: [singer('event_v2', selected), singer('event_v2', selected)] },
    'KLV_CATALOG_STREAM event_v2 is in the catalog twice — keep one of the two',
  ],
  [
    'shape',
    'an array',
    [],
    `KLV_CATALOG_JSON catalog.json: the catalog must be an object, got array — ${DISCOVER}`,
  ],
  [
    'shape',
    'null',
    null,
    `KLV_CATALOG_JSON catalog.json: the catalog must be an object, got null — ${DISCOVER}`,
  ],
  ['shape', 'no streams', {}, `KLV_CATALOG_JSON catalog.json: streams is missing — ${DISCOVER}`],
  [
    'shape',
    'streams by name',
    { streams: { event_v2: {} } },
    `KLV_CATALOG_JSON catalog.json: streams must be an array, got object — ${DISCOVER}`,
  ],
  [
    'shape',
    'a name alone',
    { streams: ['event_v2'] },
    `KLV_CATALOG_JSON catalog.json: streams[0] must be an object, got "event_v2" — ${DISCOVER}`,
  ],
  [
    'shape',
    'no name',
    { streams: [{ stream: {} }] },
    `KLV_CATALOG_JSON catalog.json: streams[0].stream.name is missing — ${DISCOVER}`,
  ],
  [
    'shape',
    'a number for a name',
    { streams: [airbyte('event_v2'), { stream: { name: 5 } }] },
    `KLV_CATALOG_JSON catalog.json: streams[1].stream.name must be text, got 5 — ${DISCOVER}`,
  ],
  [
    'shape',
    'both forms',
    { streams: [airbyte('event_v2'), singer('list_v2', [])] },
    `KLV_CATALOG_JSON catalog.json: streams[1].stream must be an object, got "list_v2" — ${DISCOVER}`,
  ],
  [
    'shape',
    'a word for yes',
    { streams: [singer('event_v2', [root({ selected: 'yes' })])] },
    `KLV_CATALOG_JSON catalog.json: streams[0].metadata[0].metadata.selected must be true or false, got "yes" — ${DISCOVER}`,
  ],
  [
    'shape',
    'no name, Singer',
    { streams: [{ selected: true }] },
    `KLV_CATALOG_JSON catalog.json: streams[0].tap_stream_id is missing — ${DISCOVER}`,
  ],
];

describe('catalog', () => {
  for (const [row, what, catalog, line] of REFUSED)
    it(`${row}: ${what} is refused`, () => {
      expect(refusal(() => parse(catalog))).to.equal(line);
    });

  it('shape: what is not JSON is told by line and column', () => {
    expect(refusal(() => parseCatalog('{"streams": [\n  }', 'catalog.json', READABLE))).to.equal(
      `KLV_CATALOG_JSON catalog.json line 2, column 3: expected a value — ${DISCOVER}`,
    );
  });

  it('K1: an unknown stream that is not selected is ignored', () => {
    const { streams: chosen, warnings } = parse({
      streams: [singer('old_v1', [root({ selected: false })]), singer('event_v2', selected)],
    });
    expect(chosen.map(({ name }) => name)).to.deep.equal(['event_v2']);
    expect(warnings).to.deep.equal([
      'KLV_CATALOG_UNKNOWN "old_v1" is no stream, and not selected — it is ignored',
    ]);
  });

  it('K6: incremental asked of streams that are read whole, as PyAirbyte does: read whole, and said', () => {
    const { streams: chosen, warnings } = parse({ streams: [airbyte('metric_v2'), airbyte('event_v2')] });
    expect(chosen.map(({ name, mode }) => [name, mode])).to.deep.equal([
      ['metric_v2', 'full_refresh'],
      ['event_v2', 'incremental'],
    ]);
    expect(warnings).to.deep.equal([
      'KLV_CATALOG_WHOLE incremental is asked of metric_v2 — these streams are read whole on every run',
    ]);
  });

  it('K3: nothing selected is an empty selection', () => {
    const empty = ['KLV_CATALOG_EMPTY the catalog selects no stream — no rows are read'];
    expect(parse({ streams: [] })).to.deep.equal({
      protocol: 'airbyte',
      streams: [],
      dropped: [],
      warnings: empty,
    });
    expect(parse({ streams: [singer('event_v2', [])] })).to.deep.equal({
      protocol: 'singer',
      streams: [],
      dropped: [],
      warnings: empty,
    });
  });

  it('without a catalog everything is read', () => {
    const { streams: chosen } = everything(READABLE);
    expect(chosen.map(({ name }) => name)).to.deep.equal([...STREAM_NAMES]);
    expect(chosen.find(({ name }) => name === 'metric_v2')?.mode).to.equal('full_refresh');
    expect(chosen.find(({ name }) => name === 'event_v2')).to.deep.equal({
      name: 'event_v2',
      mode: 'incremental',
      columns: undefined,
    });
  });

  describe('of Airbyte', () => {
    it('is known by its form, and says the modes', () => {
      const catalog = { streams: [airbyte('event_v2'), airbyte('metric_v2', { sync_mode: 'full_refresh' })] };
      expect(parse(catalog).protocol).to.equal('airbyte');
      expect(streams(catalog)).to.deep.equal([
        ['event_v2', 'incremental', 'all'],
        ['metric_v2', 'full_refresh', 'all'],
      ]);
      expect(
        streams({ streams: [airbyte('event_v2', { sync_mode: undefined, cursor_field: null })] }),
      ).to.deep.equal([['event_v2', 'full_refresh', 'all']]);
    });

    it('K4, K5: keeps the columns of the schema, the key and the cursor', () => {
      const properties = { event_properties: {}, not_ours: {}, constructor: {} };
      expect(streams({ streams: [airbyte('event_v2', {}, { properties })] })).to.deep.equal([
        ['event_v2', 'incremental', ['datetime', 'event_properties', 'id']],
      ]);
      expect(streams({ streams: [airbyte('event_v2', {}, { properties: { not_ours: {} } })] })).to.deep.equal(
        [['event_v2', 'incremental', ['datetime', 'id']]],
      );
    });

    it('K8: a schema that is empty or absent takes nothing away', () => {
      for (const schema of [{}, { properties: {} }, { properties: null }])
        expect(streams({ streams: [airbyte('event_v2', {}, schema)] })[0]?.[2]).to.equal('all');
      expect(
        streams({ streams: [{ stream: { name: 'event_v2' }, sync_mode: 'incremental' }] })[0]?.[2],
      ).to.equal('all');
    });

    it('may be what discover printed', () => {
      const catalog = {
        streams: [
          { name: 'event_v2', json_schema: {} },
          { name: 'metric_v2', json_schema: {} },
        ],
      };
      const expected = [
        ['event_v2', 'incremental', 'all'],
        ['metric_v2', 'full_refresh', 'all'],
      ];
      expect(streams(catalog)).to.deep.equal(expected);
      expect(streams({ type: 'CATALOG', catalog })).to.deep.equal(expected);
    });
  });

  describe('of Singer', () => {
    const byDefault = [root({ 'selected-by-default': true })];

    it('straight from discover selects everything', () => {
      const catalog = { streams: READABLE.map(({ name }) => singer(name, byDefault)) };
      expect(parse(catalog).protocol).to.equal('singer');
      expect(parse(catalog).streams).to.deep.equal(everything(READABLE).streams);
    });

    it('with marks selects what is marked alone', () => {
      expect(
        streams({
          streams: [
            singer('list_v2', byDefault),
            singer('event_v2', [root({ selected: true, 'selected-by-default': true })]),
          ],
        }),
      ).to.deep.equal([['event_v2', 'incremental', 'all']]);
    });

    it('with nothing but a stream taken away selects the others', () => {
      expect(
        streams({
          streams: [
            singer('list_v2', byDefault),
            singer('event_v2', [root({ selected: false, 'selected-by-default': true })]),
          ],
        }),
      ).to.deep.equal([['list_v2', 'incremental', 'all']]);
    });

    it('says it in metadata, on the stream or in the schema, in this order (Meltano writes the first two)', () => {
      const says = (metadata: unknown, stream: unknown, schema: unknown): number =>
        parse({
          streams: [
            singer('event_v2', metadata === undefined ? [] : [root({ selected: metadata })], {
              selected: stream,
              schema: { selected: schema },
            }),
          ],
        }).streams.length;
      expect(says(true, false, false)).to.equal(1);
      expect(says(false, true, true)).to.equal(0);
      expect(says(undefined, true, false)).to.equal(1);
      expect(says(undefined, false, true)).to.equal(0);
      expect(says(undefined, undefined, true)).to.equal(1);
      expect(says(null, null, null)).to.equal(0);
    });

    it('K8: an older properties file', () => {
      const schema = {
        selected: true,
        type: 'object',
        properties: {
          id: { selected: false },
          profile_id: { selected: false },
          event_properties: { selected: true },
        },
      };
      expect(streams({ streams: [{ stream: 'event_v2', schema }] })).to.deep.equal([
        ['event_v2', 'incremental', ['datetime', 'event_properties', 'id']],
      ]);
    });

    it('K8: a column that the catalog does not know yet was not chosen', () => {
      const schema = { properties: { id: {}, datetime: {}, profile_id: {} } };
      expect(streams({ streams: [singer('event_v2', selected, { schema })] })[0]?.[2]).to.deep.equal([
        'datetime',
        'id',
        'profile_id',
      ]);
    });

    it('K4, K5: columns by selected, inclusion and selected-by-default', () => {
      const kept = (facts: object): boolean => {
        const [stream] = parse({
          streams: [singer('event_v2', [...selected, field('profile_id', facts)])],
        }).streams;
        return stream?.columns?.has('profile_id') ?? true;
      };
      expect(kept({})).to.equal(true);
      expect(kept({ selected: false })).to.equal(false);
      expect(kept({ selected: false, inclusion: 'automatic' })).to.equal(true);
      expect(kept({ selected: true, inclusion: 'unsupported' })).to.equal(false);
      expect(kept({ 'selected-by-default': false })).to.equal(false);
      expect(kept({ selected: true, 'selected-by-default': false })).to.equal(true);
      const none = [
        ...selected,
        ...['id', 'datetime', 'profile_id', 'event_properties'].map((column) =>
          field(column, { selected: false }),
        ),
      ];
      expect(streams({ streams: [singer('event_v2', none)] })[0]?.[2]).to.deep.equal(['datetime', 'id']);
    });

    it('says the mode in metadata, else on the stream, else as forced', () => {
      const mode = (facts: object, more: object = {}) =>
        parse({ streams: [singer('event_v2', [root({ selected: true, ...facts })], more)] }).streams[0]?.mode;
      expect(mode({})).to.equal('incremental');
      expect(mode({ 'replication-method': 'FULL_TABLE' }, { replication_method: 'INCREMENTAL' })).to.equal(
        'full_refresh',
      );
      expect(mode({}, { replication_method: 'FULL_TABLE' })).to.equal('full_refresh');
      expect(mode({ 'forced-replication-method': 'FULL_TABLE' })).to.equal('full_refresh');
      expect(mode({ 'replication-method': null })).to.equal('incremental');
    });
  });

  it('answers any document with a selection that holds keys and cursors, or a line', () => {
    const flag = fc.option(fc.boolean(), { nil: undefined });
    const facts = fc.record({
      selected: flag,
      'selected-by-default': flag,
      inclusion: fc.constantFrom('automatic', 'available', 'unsupported'),
    });
    const columns = fc.array(
      fc.tuple(fc.constantFrom('id', 'updated', 'datetime', 'profile_id', 'x'), facts),
    );
    const singerStream = fc
      .tuple(fc.constantFrom(...STREAM_NAMES), facts, columns, flag)
      .map(([name, top, some, mark]) =>
        singer(name, [root(top), ...some.map(([column, fact]) => field(column, fact))], { selected: mark }),
      );
    const document = fc.oneof(
      fc.json().map((text) => JSON.parse(text)),
      fc.array(singerStream).map((list) => ({ streams: list })),
      fc.array(fc.anything()).map((list) => ({ streams: list })),
    );
    fc.assert(
      fc.property(document, (catalog) => {
        try {
          for (const { name, columns: chosen } of parse(JSON.parse(JSON.stringify(catalog) ?? 'null'))
            .streams) {
            const { primaryKey, cursor } = READABLE.find((stream) => stream.name === name) ?? {
              primaryKey: [],
            };
            for (const column of [...primaryKey, cursor ?? 'id'])
              expect(chosen?.has(column) ?? true).to.equal(true);
          }
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          well(error.message);
        }
      }),
      { numRuns: 300 },
    );
  });
});
