/** What a sync says, in no protocol. */
import type { Fault } from './errors.js';
import type { Json, StreamName } from './resource.js';
import type { Bookmark } from './state.js';
import type { Instant } from './time.js';

export type Message =
  | {
      readonly type: 'records';
      readonly stream: StreamName;
      readonly rows: readonly Json[];
      /** The rows are bytes read as Latin-1. */
      readonly bytes?: true;
      /** Of a stream whose rows vanish without a word: the whole read that they belong to. */
      readonly wholeSince?: Instant;
    }
  /** A whole read has ended: rows of an earlier one that did not come again are gone. */
  | { readonly type: 'whole'; readonly stream: StreamName; readonly since: Instant }
  | { readonly type: 'state'; readonly stream: StreamName; readonly bookmark: Bookmark }
  | {
      readonly type: 'status';
      readonly stream: StreamName;
      readonly status: 'started' | 'running' | 'complete';
    }
  | {
      readonly type: 'status';
      readonly stream: StreamName;
      readonly status: 'incomplete';
      /** Absent where no fault of the stream's ended it: the run was stopped. */
      readonly error?: Pick<Fault, 'message' | 'class'>;
    };
