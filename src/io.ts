/** What a command gets of the outside: `main` makes it of the process, tests of what they like. */
import type { HttpGet } from './klaviyo/http.js';
import type { Clock } from './klaviyo/limiter.js';
import type { Mask } from './log.js';
import type { Output } from './output.js';

export interface Io {
  readonly out: Output;
  /** Text for people; secrets in it are masked. */
  readonly err: (text: string) => void;
  /** Columns of the terminal behind stderr; undefined where there is none. */
  readonly columns: () => number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<string>;
  readonly clock: Clock & { readonly wall: () => number };
  readonly random: () => number;
  /** Connections, which `close` ends. */
  readonly http: () => { readonly get: HttpGet; readonly close: () => void };
  /** What all text goes through that leaves the process, rows aside. */
  readonly mask: Mask;
  /** Aborted by a signal, or when the reader of stdout has gone; its reason says which. */
  readonly signal: AbortSignal;
}

/** The process was told to end. */
export class Interrupted extends Error {
  readonly signal: string;
  constructor(signal: string) {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}
