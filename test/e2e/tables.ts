/** Whether a client holds every row of the account, and every value in it. */
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { StreamName } from '../../src/resource.js';
import { expectedRow, type Schema, schemaFile } from '../promises/columns.js';
import { execute, messages, type SingerMessage, singerRecords } from '../promises/harness.js';
import { KEYS, type Row, truthOf, utc } from '../promises/truth.js';
import { python, type Served } from './clients.js';

export type Tables = Readonly<Record<string, readonly Row[]>>;
type Answers = Readonly<Record<string, readonly (readonly unknown[])[]>>;

/** What a client is known to make of values. */
export interface Ways {
  readonly text?: (value: string) => string | null;
  readonly date?: (value: unknown) => unknown;
  /** It writes all values as text, as a CSV must. */
  readonly allText?: true;
}

/** The account does not know when it was read, nor which messages an answer names. */
const UNKNOWN: ReadonlySet<string> = new Set(['read_at', 'flow_message_ids']);
const columnsOf = (stream: StreamName): string[] => Object.keys(schemaFile(stream).properties);
const kindOf = ({ type }: Schema): string => [type].flat().find((one) => one !== 'null') ?? '';
const nestedOf = (stream: StreamName): string[] =>
  columnsOf(stream).filter((name) =>
    ['object', 'array'].includes(kindOf(schemaFile(stream).properties[name] as Schema)),
  );

const each = <Value>(of: (stream: StreamName) => Value): Record<StreamName, Value> =>
  Object.fromEntries(STREAM_NAMES.map((stream) => [stream, of(stream)])) as Record<StreamName, Value>;

/** All tables of a schema or folder, and what SQL says about them. */
export const stored = (
  bin: string,
  { folder }: Served,
  where: string,
  schema = '',
  ask: Readonly<Record<string, string>> = {},
): Promise<{ tables: Tables; answers: Answers }> =>
  python(bin, 'tables.py', [
    where,
    folder.write('wanted.json', { schema, tables: each(columnsOf), nested: each(nestedOf), ask }),
  ]);

/** A value in the one form that clients' forms of it are brought to. */
function plain(value: unknown, schema: Schema, { text = (one) => one, date = utc, allText }: Ways): unknown {
  if (value === null || value === undefined) return null;
  const kind = kindOf(schema);
  if (kind === 'string' && typeof value === 'string')
    return schema.format === 'date-time' && value !== '' ? date(value) : text(value);
  if (allText && typeof value === 'string')
    return value === '' ? null : kind === 'boolean' ? value === 'True' : Number(value);
  return unsigned(value);
}

/** Python reads `-0` as the integer 0. */
function unsigned(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(unsigned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unsigned(one)]));
}

const plainRow = (stream: StreamName, row: Row, ways: Ways): Row =>
  Object.fromEntries(
    Object.entries(schemaFile(stream).properties)
      .filter(([column]) => !UNKNOWN.has(column))
      .map(([column, schema]) => [column, plain(row[column], schema, ways)]),
  );

/** By key, as text: a date that a database holds has another form and is the same instant. */
const sorted = (stream: StreamName, rows: readonly Row[], ways: Ways): [string, Row][] =>
  rows
    .map((row): [string, Row] => {
      const one = plainRow(stream, row, ways);
      return [JSON.stringify(KEYS[stream].map((column) => one[column])), one];
    })
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));

/**
 * The rows as they should be: of the shop by its own truth; of the nasty account as the tap writes them, since much
 * of it is mended on the way, and by the truth as far as keys go.
 */
async function wanted({ kind, sandbox, config }: Served): Promise<Tables> {
  const truth = truthOf(sandbox.account);
  if (kind === 'shop')
    return each((stream) => [...(truth.get(stream)?.values() ?? [])].map((row) => expectedRow(stream, row)));
  const { stdout } = await execute(['read', '--config', config]);
  const written = singerRecords(await messages<SingerMessage>(stdout));
  return each((stream) => {
    const rows = written.filter(([name]) => name === stream).map(([, row]) => row);
    const keys = (some: Iterable<Row>) => sorted(stream, [...some], {}).map(([key]) => key);
    const should = [...(truth.get(stream)?.values() ?? [])].map((row) => expectedRow(stream, row));
    expect(keys(rows), `keys of ${stream}`).to.deep.equal(keys(should));
    return rows;
  });
}

const known = new WeakMap<Served, { readonly at: number; readonly rows: Promise<Tables> }>();

export function rowsOf(served: Served): Promise<Tables> {
  const at = served.sandbox.account.now;
  const last = known.get(served);
  if (last?.at === at) return last.rows;
  const rows = wanted(served);
  known.set(served, { at, rows });
  return rows;
}

export async function expectTables(served: Served, tables: Tables, ways: Ways = {}): Promise<void> {
  const should = await rowsOf(served);
  for (const stream of STREAM_NAMES) {
    const got = sorted(stream, tables[stream] ?? [], ways);
    const want = sorted(stream, should[stream] ?? [], ways);
    const name = `${stream} of the ${served.kind} account`;
    expect(want, name).to.not.be.empty;
    expect(
      got.map(([key]) => key),
      `keys of ${name}`,
    ).to.deep.equal(want.map(([key]) => key));
    want.forEach(([key, row], index) => {
      expect(got[index]?.[1], `${name}, ${key}`).to.deep.equal(row);
    });
  }
}
