/** What the rooms of a run tell whoever watches it: by the request and by the page, never by the row. */
import type { Limit, Resource, StreamName } from './resource.js';

/** What an endpoint may be asked by now, a second and a minute, and how often it was in the last minute. */
export interface Use extends Limit {
  readonly lately: number;
}

/** Of one request. */
export interface RequestWatch {
  /** Its answer is there, with so many bytes, or never will be. What is said first holds. */
  readonly answered: (bytes: number) => void;
  /** The answer was 429. */
  readonly limited: () => void;
  /** It is sent again, for any other reason and after so many milliseconds. */
  readonly retried: (afterMs: number) => void;
}

export interface EndpointWatch {
  /** A request goes out that had to wait for its turn. */
  readonly sent: (waitedMs: number) => RequestWatch;
}

export interface Watch {
  /** The same for all resources of one path. */
  readonly endpoint: (resource: Pick<Resource, 'path' | 'streams'>, use: () => Use) => EndpointWatch;
  /** A page was read, on which rows of these streams may stand. */
  readonly page: (streams: Iterable<StreamName>) => void;
  /** A slice was cut for another reader. */
  readonly split: () => void;
  /** What a listing named was gone when it was asked. */
  readonly gone: (resource: string) => void;
}

const nothing = (): void => {};

/** Nobody watches. */
export const UNWATCHED: Watch = {
  endpoint: () => ({ sent: () => ({ answered: nothing, limited: nothing, retried: nothing }) }),
  page: nothing,
  split: nothing,
  gone: nothing,
};
