/** What a sync says, in no protocol. */
import type { Fault } from './errors.js';
import type { Json, StreamName } from './resource.js';
import type { Bookmark } from './state.js';

export type Message =
  | { readonly type: 'records'; readonly stream: StreamName; readonly rows: readonly Json[] }
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
      readonly error: Fault;
    };
