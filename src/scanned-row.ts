/**
 * Rows copied out of a scanned page, column by column, in the order and the form that `row.ts` gives them. What does
 * not fit its column at first sight is left to `row.ts`.
 */

import { KINDS, NULL as NO_VALUE, NUMBER, STRING } from './klaviyo/kinds.js';
import type { ScannedPage } from './klaviyo/scan.js';
import { FLAGS, FOLDED, NOTES, NOTES_END, type Slot, soughtOf } from './klaviyo/scan-slots.js';
import { type LineWriter, viewOf } from './lines.js';
import type { Body, Config, Resource, RowContext, Scan } from './resource.js';
import { copyValue, type Source, type WriteValue, wayOf, writeIds, writeIncluded } from './scanned-value.js';
import type { Schema, StreamSchema } from './schemas.js';

/** 'other': only `row.ts` can tell, and what was written is to be dropped. */
export type Copied = 'row' | 'unwanted' | 'other';

export interface Copier {
  /** Of a row, all of whose columns are null. */
  readonly layout: Uint8Array;
  /** Called once a page, before its rows. */
  readonly page: (page: ScannedPage, context: Pick<RowContext, 'slice' | 'wholeSince' | 'body'>) => void;
  /** Writes the row of an object of that page that is not odd; objects come in order. */
  readonly row: (object: number, out: LineWriter) => Copied;
}

/** A column, and where its value comes from. */
interface Piece {
  /** Where the value stands in the layout of a row, in which it is null. */
  readonly from: number;
  readonly to: number;
  /** Absent: it comes from none of the object's values. */
  readonly slot: Slot;
  /** Values that go in as they stand, by their first byte. */
  readonly kinds: number;
  /** What is of no such kind is null; else it needs a closer look. */
  readonly elseNull: boolean;
  readonly write: WriteValue | undefined;
  readonly own: Own | undefined;
}

/** Writes a value that is none of the object's, if there is one, where the layout has null. */
type Own = (out: LineWriter, object: number, piece: Pick<Piece, 'from' | 'to'>) => boolean;

const NULL = 'null';
const NOTHING = Buffer.alloc(0);
const SPILL = 'additional_attributes';
const [COMMA, COLON, BEGIN, END] = [44, 58, 123, 125];

/** As it reads: behind an escape may be the name of a column, and one attribute is told once, however it is written. */
function nameOf(bytes: Buffer, from: number, to: number): string {
  const name = bytes.toString('utf8', from, to);
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name;
}

/** `told`: hears the name of an attribute that the schema does not know. */
export function copier(
  { name, scan }: Resource & { readonly scan: Scan },
  schema: StreamSchema,
  columns: ReadonlySet<string> | undefined,
  { config, told }: { readonly config: Config; readonly told: (attribute: string) => void },
): Copier {
  const { slots } = soughtOf(scan);
  const wanted = scan.wanted?.(config);
  const source: Source = {
    ...{ bytes: NOTHING, view: viewOf(NOTHING), folded: false },
    ...{ notes: new Int32Array(0), notesFrom: 0, notesTo: 0 },
  };
  let index: Int32Array = new Int32Array(0);
  let stride = 0;
  let others: ScannedPage['others'] = [];
  let nextOther = 0;
  let parent: string | undefined;
  let wholeSince: string | undefined;
  let find: Body['find'] = () => undefined;

  const text =
    (of: () => string | undefined): Own =>
    (out, _, { from, to }) => {
      const json = of();
      if (json === undefined) return true;
      out.before(from, to);
      out.write(json);
      return true;
    };

  function pieceOf(column: string, schemaOf: Schema, from: number): Piece {
    // All pieces are made in one way and have the same members, as the loop over them takes twice as long otherwise.
    const piece = (slot: Slot, kinds: number, elseNull: boolean, write?: WriteValue, own?: Own): Piece => ({
      from,
      to: from + NULL.length,
      slot,
      kinds,
      elseNull,
      write,
      own,
    });
    const at = (slot: Slot | undefined, { kinds = 0, elseNull = false, write }: Partial<Piece>): Piece => {
      if (slot === undefined) throw new Error(`${name}: the scan finds too little for ${schema.title}`);
      return piece(slot, kinds, elseNull, write);
    };
    const own = (of: Own): Piece => piece(0, 0, false, undefined, of);
    if (column === SPILL) return own(writeOthers);
    const source = scan.columns[column];
    if (source === undefined) return at(slots.attribute.get(column), wayOf(schemaOf));
    if (source === 'id') return at(slots.id, { kinds: STRING });
    if (source === 'parent') return own(text(() => parent));
    if (source === 'wholeSince') return own(text(() => wholeSince));
    if ('one' in source) return at(slots.one.get(source.one), { kinds: STRING, elseNull: true });
    if ('many' in source) return at(slots.many.get(source.many), { write: writeIds });
    if ('included' in source)
      return at(slots.many.get(source.included), {
        write: writeIncluded(source.as, (...which) => find(...which)),
      });
    return 'text' in source
      ? at(slots.inside.get(source.text), { kinds: STRING, elseNull: true })
      : at(slots.inside.get(source.number), { kinds: NUMBER, elseNull: true });
  }

  /** Attributes that the schema does not know, as they stand. */
  function writeOthers(out: LineWriter, object: number, piece: Pick<Piece, 'from' | 'to'>): boolean {
    while ((others[nextOther]?.object ?? object) < object) nextOther += 1;
    let first = true;
    for (; others[nextOther]?.object === object; nextOther += 1) {
      const { nameFrom, nameTo, from, to } = others[nextOther] as ScannedPage['others'][number];
      const attribute = nameOf(source.bytes, nameFrom, nameTo);
      if (Object.hasOwn(schema.properties, attribute)) return false;
      told(attribute);
      if (first) out.before(piece.from, piece.to);
      out.byte(first ? BEGIN : COMMA);
      first = false;
      out.copy(source, nameFrom - 1, nameTo + 1);
      out.byte(COLON);
      copyValue(out, source, from, to);
    }
    if (!first) out.byte(END);
    return true;
  }

  const oneOf =
    (base: number) =>
    (relation: string): string | null => {
      const slot = base + (slots.one.get(relation) ?? 0);
      const from = index[slot] as number;
      return from !== 0 && KINDS[source.bytes[from] as number] === STRING
        ? (JSON.parse(source.bytes.toString('utf8', from, index[slot + 1])) as string)
        : null;
    };

  let layout = '';
  const pieces = Object.entries(schema.properties)
    .filter(([column]) => columns?.has(column) ?? true)
    .map(([column, one]) => {
      layout += `${layout === '' ? '{' : ','}${JSON.stringify(column)}:`;
      const from = layout.length;
      layout += NULL;
      return pieceOf(column, one, from);
    });

  function columnsOf(object: number, base: number, out: LineWriter): boolean {
    const { bytes, folded } = source;
    for (let nth = 0; nth < pieces.length; nth += 1) {
      const piece = pieces[nth] as Piece;
      const { from: place, to: after, slot, kinds, elseNull, write, own } = piece;
      if (own !== undefined) {
        if (!own(out, object, piece)) return false;
        continue;
      }
      const from = index[base + slot] as number;
      const kind = KINDS[bytes[from] as number] as number;
      if (from === 0 || kind === NO_VALUE) continue;
      const to = index[base + slot + 1] as number;
      if (write !== undefined) {
        out.before(place, after);
        if (!write(out, source, from, to)) return false;
      } else if ((kind & kinds) !== 0) {
        out.before(place, after);
        if (folded) out.copyFolded(source, from, to);
        else out.copy(source, from, to);
      } else if (!elseNull) return false;
    }
    return true;
  }

  return {
    layout: Buffer.from(`${layout}}`),
    page(page, { slice, wholeSince: since, body }) {
      ({ index, stride, others } = page);
      find = body.find;
      source.bytes = page.bytes;
      source.view = viewOf(page.bytes);
      source.notes = page.notes;
      nextOther = 0;
      const id = slice.references?.[0]?.id;
      parent = id === undefined ? undefined : JSON.stringify(id);
      wholeSince = since === undefined ? undefined : JSON.stringify(since);
    },
    row(object, out) {
      const base = object * stride;
      if (wanted !== undefined && !wanted(oneOf(base))) return 'unwanted';
      source.folded = ((index[base + FLAGS] as number) & FOLDED) !== 0;
      source.notesFrom = index[base + NOTES] as number;
      source.notesTo = index[base + NOTES_END] as number;
      return columnsOf(object, base, out) ? 'row' : 'other';
    },
  };
}
