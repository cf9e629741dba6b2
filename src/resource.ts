/**
 * The types of the domain. A resource is one API collection that is crawled; a stream is a named collection of
 * rows read off its pages. Everything that is true of one endpoint alone is a field of its literal in
 * `src/resources/`, so that shared code never asks which stream it is working for.
 */
import type { Config } from './generated/config.js';
import type { StreamName } from './generated/rows.js';
import type { ScannedPage } from './klaviyo/scan.js';
import type { Instant } from './time.js';

export type { Config, StreamName };

/** A JSON value as the API sent it. Numbers that a double would change are held as text: see `numbers.ts`. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
export type Members = { readonly [name: string]: Value };

/** A row as JSON text: made once, where it is made, and never parsed again. */
export type Json = string;

/** A JSON:API resource object, checked for shape by `klaviyo/json-api.ts`. */
export interface JsonApiObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Members;
  readonly relationships: Members;
}

/**
 * A page that was not made into values: what rows copy of each object as it stands. Objects that the resource's
 * `scan` does not foresee are made into values one by one.
 */
export interface ScannedBody {
  readonly page: ScannedPage;
  /** Whether an object has anything that needs a closer look, and is to be parsed. */
  readonly isOdd: (object: number) => boolean;
  /** `object`: its place in the page. Throws KLV_CONTRACT. */
  readonly parse: (object: number) => JsonApiObject;
  /** Of what the page includes, made into values one by one. Throws KLV_CONTRACT. */
  readonly find: Body['find'];
  /** An attribute of each object as an instant; NaN where it is none. */
  readonly instants: (attribute: string) => Float64Array;
  /** Whether any object has the attribute. */
  readonly has: (attribute: string) => boolean;
}

/** An answer's document. `find` looks into `included` through an index that is made once a page. */
export interface Body {
  readonly data: readonly JsonApiObject[];
  readonly included: readonly JsonApiObject[];
  readonly find: (type: string, id: string) => JsonApiObject | undefined;
  /** The token of the next page, already reduced from `links.next`; absent on the last page. */
  readonly next?: string;
  /** In place of `data`, where the page was scanned. */
  readonly scanned?: ScannedBody;
  /** To be called once nothing of a scanned page is looked at any more: its memory is used again. */
  readonly release?: () => void;
}

/** Requests that one endpoint allows an account, in each second and in each minute. */
export interface Limit {
  readonly burst: number;
  readonly steady: number;
}

/** The field that orders a resource, and what the endpoint's filter can do with it. */
export interface Cursor {
  readonly field: string;
  /** With `greater-than` the request goes out from one second below, and rows before the slice are dropped. */
  readonly lower: 'greater-than' | 'greater-or-equal';
  /** Absent: the endpoint takes no upper bound, and rows past the slice are dropped. */
  readonly upper?: 'less-than';
  /** False: pages are not reliably in order, so only a finished slice moves the bookmark. */
  readonly sorted: boolean;
  /** The first read goes back as far as `start_date` or `historical_sync_duration`, not to the beginning. */
  readonly history?: boolean;
  /** Values are set by API clients and may lie in the future: they are read once their time has come. */
  readonly future?: boolean;
  /** Rows may appear this many days after their time; each range is read once more when it is that old. */
  readonly lateDays?: (config: Config) => number;
  /** The whole stream is read again when this many days have passed: the filter misses some changes. */
  readonly rereadDays?: (config: Config) => number;
}

/**
 * One object of a listing that a child is asked for. `created` tells an object that is newer than the bookmark,
 * whose children are read from the beginning; `updated` lets a child be skipped when nothing changed since.
 */
export interface Reference {
  readonly id: string;
  readonly created?: Instant | undefined;
  readonly updated?: Instant | undefined;
  /** What the child's path and rows need beside the id. */
  readonly with?: Readonly<Record<string, string>>;
}

/** A crawl that a page opens: one slice for each reference, or for each batch of them. */
export interface Child {
  readonly resource: Resource;
  readonly references: (body: Body, slice: Slice) => Iterable<Reference>;
}

/** What was chosen, for the query of a resource. */
export interface Wanted {
  readonly config: Config;
  readonly stream: (name: StreamName) => boolean;
  /** True if any of these columns of the stream is selected. */
  readonly column: (name: StreamName, ...columns: readonly string[]) => boolean;
}

/**
 * Where a column of a scanned row comes from, if it is no attribute of the same name: the object's id, the id of the
 * object that it was asked for, the time of the whole read, a member of the attribute that is looked into, a relation,
 * or what is told by the included objects of a relation.
 */
export type ScanColumn =
  | 'id'
  | 'parent'
  | 'wholeSince'
  | { readonly text: string }
  | { readonly number: string }
  | { readonly one: string }
  | { readonly many: string }
  | { readonly included: string; readonly as: (ids: readonly string[], find: Body['find']) => Value };

/**
 * For a resource of so many rows that making values of them costs more than all else: how the rows of its one stream
 * are copied out of the page. It must give what `rows` gives.
 */
export interface Scan {
  /** Every attribute that the schema declares, and those that the API sends beside them for no column. */
  readonly attributes: readonly string[];
  /** The attribute whose members `text` and `number` columns are. */
  readonly inside?: string;
  readonly columns: Readonly<Record<string, ScanColumn>>;
  /** Which rows are wanted, where not all are; `one` gives the id of a to-one relation. */
  readonly wanted?: (config: Config) => ((one: (relation: string) => string | null) => boolean) | undefined;
}

/** One endpoint, crawled once a run, feeding every stream that can be read from its pages. */
export interface Resource {
  readonly name: string;
  /** `{name}` is replaced by the id or a `with` member of the slice's reference. */
  readonly path: string;
  readonly scopes: readonly string[];
  readonly limit: (config: Config) => Limit;
  /** The documented default and maximum of `page[size]`; absent where the endpoint has no such parameter. */
  readonly pageSize?: { readonly default: number; readonly max: number };
  /** A 404 is an answer: that object has none. Elsewhere it was deleted after it was listed. */
  readonly mayLack?: true;
  /** The answer is one object, not a page of them. */
  readonly single?: true;
  /** What it is asked for one by one, in the plural and for people. */
  readonly each?: string;
  /** Parameters beside filter, sort and paging. */
  readonly query?: (wanted: Wanted) => Readonly<Record<string, string>>;
  /** By type: attributes that the API need not send; all others are missed when no object has them. */
  readonly optional?: Readonly<Record<string, readonly string[]>>;
  /** Filter clauses that together cover the collection; one slice is opened for each. */
  readonly partitions?: readonly string[];
  /** A filter clause that every request carries. */
  readonly filter?: string;
  readonly cursor?: Cursor;
  /**
   * The field, fixed for an object's life, by which the collection is listed when it is walked for its children:
   * the position in the walk is then a value of it, whatever is created or deleted meanwhile.
   */
  readonly walk?: string;
  /** The references go into `any(id,[...])`, this many a request. */
  readonly batch?: number;
  readonly children?: readonly Child[];
  /** Where references are asked for, one by one, that this endpoint did not answer. */
  readonly missing?: Resource;
  /** Resources that are crawled first and whole, if they are crawled at all: rows look their ids up. */
  readonly after?: readonly Resource[];
  readonly scan?: Scan;
  readonly streams: Streams;
}

/** Where rows that name an object without its type find out what it is. */
export type Lookup = (type: string, id: string) => boolean;

export interface RowContext {
  readonly body: Body;
  readonly slice: Slice;
  readonly config: Config;
  readonly lookup: Lookup;
  /** When the last whole read of the stream was begun; absent for a stream that is not read whole again. */
  readonly wholeSince?: Instant;
}

export type Draft<Row> = { readonly [Column in keyof Row]?: unknown };

/**
 * Whether the bookmark can be moved by hand. `passed`: what becomes of rows that a move leaves out, in words that
 * follow "they"; `why` follows "cannot be moved:", and `instead` is a remedy.
 */
export type Position =
  | { readonly moves: true; readonly passed: string }
  | { readonly moves: false; readonly why: string; readonly instead: string };

/** A named projection of a resource's pages. Its columns and their descriptions are `schemas/<stream>.json`. */
export interface Stream<Row = Members> {
  readonly description: string;
  readonly primaryKey: readonly [keyof Row & string, ...(keyof Row & string)[]];
  /** The column by which the stream is incremental; absent: it is read whole on every run. */
  readonly cursor?: keyof Row & string;
  /** Rows vanish without a word; only reading the stream whole again shows which are left. */
  readonly departures?: true;
  /** For people: what an incremental read does not see, and the next whole read does. */
  readonly onlyWhole?: string;
  /** For people: what the API does not give. */
  readonly lacks?: string;
  /** What a person may do to its bookmark; every stream with a cursor says. */
  readonly position?: Position;
  /** Rows are made of objects that the page includes: their cursor is not the one that the page is read by. */
  readonly included?: true;
  /** Members that the schema does not declare are gathered into `additional_attributes` afterwards. */
  readonly rows: (object: JsonApiObject, context: RowContext) => Iterable<Draft<Row>>;
}

export type Streams = Readonly<Partial<Record<StreamName, Stream>>>;

/** One page cursor of a chain, and how many were followed since, up to the next that takes its place. */
export interface Passed {
  readonly cursor: string;
  readonly since: number;
  readonly until: number;
}

/** One request's worth of work: its page closes it, and may open others. */
export interface Slice {
  readonly resource: Resource;
  readonly partition?: string;
  readonly references?: readonly Reference[];
  /** Rows in [from, to) of the cursor. */
  readonly from: Instant;
  readonly to: Instant;
  /** Everything of the slice before this is written. */
  readonly watermark: Instant;
  /** The highest value of the resource's `walk` field listed so far. */
  readonly walked?: Instant;
  readonly pageCursor?: string;
  /** By which a chain of pages that leads into a circle is told. */
  readonly passed?: Passed;
  /** Rows came out of order: the watermark stays where it is, as nothing is known before the end. */
  readonly unsorted?: true;
  /** Rows from here on are another slice's by now, although the request still asks for them. */
  readonly stop?: Instant;
  /** Rows a second on the last page. */
  readonly density?: number;
  /** Which range of the plan this slice works off, where the range is walked parent by parent. */
  readonly range?: number;
}
