/**
 * What a run came to, as one document: the end of the live table, the lines of a log, `--summary` and the report are
 * all drawn from it. Plain JSON, so that programs can read it; instants are RFC 3339 in UTC, times in milliseconds.
 */
import type { StreamName } from './resource.js';
import type { Instant } from './time.js';

export interface RunSummary {
  /** Of this form; raised when a reader of it would have to change. */
  readonly version: 1;
  readonly connector: { readonly name: string; readonly version: string; readonly revision: string };
  readonly protocol: 'airbyte' | 'singer';
  readonly account?: string;
  readonly started: Instant;
  readonly ended: Instant;
  readonly seconds: number;
  readonly exitCode: number;
  /** What ended the run as a whole, one line; absent where each stream came to its own end. */
  readonly error?: string;
  readonly rows: number;
  readonly requests: number;
  /** Answers 429. */
  readonly limited: number;
  /** Requests that were sent again for any other reason. */
  readonly retries: number;
  /** As they came over the network. */
  readonly bytes: number;
  /** Pages that were read: slices that were closed. */
  readonly pages: number;
  /** Slices that were cut so that another reader could help. */
  readonly splits: number;
  readonly streams: readonly StreamSummary[];
  readonly endpoints: readonly EndpointSummary[];
  readonly warnings: readonly { readonly text: string; readonly remedy?: string; readonly count: number }[];
  /** Values that could not stay as they were, by what was done to them; only what happened. */
  readonly changed: Readonly<Record<string, number>>;
  /** By stream the entry to go on from, as it was last written or given: of streams that were not read, too. */
  readonly state: Readonly<Record<string, unknown>>;
  /** `given`: stdout was lost, so nobody knows which of the states that were written has been read. */
  readonly stateIs: 'written' | 'given';
}

export interface StreamSummary {
  readonly name: StreamName;
  readonly state: 'waiting' | 'reading' | 'complete' | 'incomplete';
  readonly rows: number;
  readonly pages: number;
  /** Of the cursor of the rows that were written; absent where the stream has none, or no row came. */
  readonly oldest?: Instant;
  readonly newest?: Instant;
  /** Why it is incomplete, one line with its remedy. */
  readonly error?: string;
}

export interface EndpointSummary {
  /** As in the API's description: `/api/lists/{id}/profiles`. */
  readonly path: string;
  readonly streams: readonly StreamName[];
  /** What the connector may use: the documented or stated limit times `rate_limit_share`. */
  readonly limit: { readonly burst: number; readonly steady: number };
  readonly requests: number;
  readonly limited: number;
  readonly retries: number;
  /** Sum over all requests: waiting for a turn under the limit, for a retry, and for answers. */
  readonly waitedMs: number;
  readonly backedOffMs: number;
  readonly answeredMs: number;
  /** From the start of the run to the first and the last request. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Requests sent in each step of `stepMs` from the start of the run; the step doubles before there are more than 600. */
  readonly timeline: {
    readonly stepMs: number;
    readonly sent: readonly number[];
    readonly limited: readonly number[];
  };
}
