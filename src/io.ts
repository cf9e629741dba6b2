/** What a command gets of the outside: `main` makes it of the process, tests of what they like. */
import type { HttpGet } from './klaviyo/http.js';
import type { Clock } from './klaviyo/limiter.js';
import type { Mask } from './log.js';
import type { Output } from './output.js';
import type { Terminal } from './terminal/terminal.js';

export interface Io {
  readonly out: Output;
  /** Text for people; secrets in it are masked. */
  readonly err: (text: string) => void;
  /** Columns of the terminal behind stderr; undefined where there is none. */
  readonly columns: () => number | undefined;
  /** What can be drawn on; absent where lines are wanted. */
  readonly terminal?: Terminal | undefined;
  /** `last` is called when the process ends, however it does, with its exit code: what it does must not take time. */
  readonly atExit?: (last: (code: number) => void) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<string>;
  readonly clock: Clock & { readonly wall: () => number };
  readonly random: () => number;
  /** Connections, which `close` ends. */
  readonly http: () => { readonly get: HttpGet; readonly close: () => void };
  /** What all text goes through that leaves the process, rows aside. */
  readonly mask: Mask;
  /** Aborted when the run must end; its reason says why: Interrupted, ReaderGone, or a Fault. */
  readonly signal: AbortSignal;
}

/** Exit codes: 128 and the signal's number. */
export const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The process was told to end. */
export class Interrupted extends Error {
  readonly exitCode: number;
  constructor(signal: keyof typeof SIGNALS) {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
    this.exitCode = SIGNALS[signal];
  }
}
