/** What a sync says, in no protocol. */
import type { Fault } from './errors.js';
import type { Lines } from './lines.js';
import type { StreamName } from './resource.js';
import type { Bookmark } from './state.js';
import type { Instant } from './time.js';

export type Message =
  | {
      readonly type: 'records';
      readonly stream: StreamName;
      /** Each row stands in what the protocol puts around it. */
      readonly lines: Lines;
    }
  /** A whole read has ended: rows of an earlier one that did not come again are gone. */
  | { readonly type: 'whole'; readonly stream: StreamName; readonly since: Instant }
  /** What the stream will have brought in this run when it is complete, as far as the rows so far let expect. */
  | { readonly type: 'estimate'; readonly stream: StreamName; readonly rows: number; readonly bytes: number }
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
