/**
 * All errors in one table: whose turn it is (the user's: config; time's: transient; ours: system) and what to do.
 * A Fault's text is one line, `<CODE> <what> — <what to do>`.
 */

export type FaultClass = 'config' | 'transient' | 'system';

interface Entry {
  readonly class: FaultClass;
  readonly remedy: string;
}

export const ERRORS = {
  KLV_USAGE: { class: 'config', remedy: 'see --help' },
  KLV_CONFIG_FILE: { class: 'config', remedy: 'check the path after --config' },
  KLV_CONFIG_JSON: { class: 'config', remedy: 'the file must be JSON in UTF-8' },
  KLV_CONFIG_TYPE: { class: 'config', remedy: 'see the fields that the spec command prints' },
  KLV_KEY_MISSING: { class: 'config', remedy: 'a private key starts with pk_' },
  KLV_KEY_PUBLIC: { class: 'config', remedy: 'create a private key, read-only' },
  KLV_KEY_CHARS: { class: 'config', remedy: 'copy the key again, without line ends' },
  KLV_KEY_PLACEHOLDER: { class: 'config', remedy: 'put the private key there, it starts with pk_' },
  KLV_KEY_FORM: { class: 'config', remedy: 'Klaviyo private keys start with pk_' },
  KLV_KEY_INVALID: { class: 'config', remedy: 'create a private key in Klaviyo under Settings > API keys' },
  KLV_START_DATE: { class: 'config', remedy: 'use e.g. 2026-02-28 or 2026-02-28T00:00:00Z' },
  KLV_HISTORY: { class: 'config', remedy: 'use e.g. "3 months", "90 days" or "all"' },
  KLV_LOOKBACK: { class: 'config', remedy: 'set events_lookback_days to a number from 0 to 30' },
  KLV_BASE_URL: {
    class: 'config',
    remedy: 'use https, or http on loopback; leave it out for Klaviyo itself',
  },
  KLV_CATALOG_FILE: { class: 'config', remedy: 'check the path after --catalog' },
  KLV_CATALOG_JSON: { class: 'config', remedy: 'use the catalog that the discover command prints' },
  KLV_CATALOG_STREAM: { class: 'config', remedy: 'use the names that the discover command prints' },
  KLV_CATALOG_MODE: { class: 'config', remedy: 'choose a sync mode that the stream supports' },
  KLV_STREAM_DROPPED: { class: 'config', remedy: 'deselect the stream' },
  KLV_STATE_UNREADABLE: {
    class: 'config',
    remedy: 'give the last state as it was written, or none to start over',
  },
  KLV_STATE_FORM: {
    class: 'config',
    remedy: 'give the last state as it was written, or take the stream out of it',
  },
  KLV_STATE_NEWER: { class: 'config', remedy: 'upgrade the connector' },
  KLV_STATE_ACCOUNT: {
    class: 'config',
    remedy: 'give the state of this account, or none to start over',
  },
  KLV_POSITION: { class: 'config', remedy: 'name a stream that can be moved, and a date up to now' },
  KLV_SCOPE: { class: 'config', remedy: 'add the scope to the key in Klaviyo, or deselect the stream' },
  KLV_PLAN: { class: 'config', remedy: 'the account’s plan lacks this; deselect the stream' },
  KLV_REVISION_RETIRED: { class: 'config', remedy: 'upgrade the connector' },
  KLV_TLS: { class: 'config', remedy: 'trust the certificate’s authority with NODE_EXTRA_CA_CERTS' },
  KLV_PROXY_AUTH: { class: 'config', remedy: 'check user and password in HTTPS_PROXY' },
  KLV_EDGE_BLOCKED: { class: 'transient', remedy: 'try again later, from another address if it stays' },
  KLV_RATE_LIMIT: { class: 'transient', remedy: 'run again later, or lower rate_limit_share' },
  KLV_UNAVAILABLE: { class: 'transient', remedy: 'run again later; nothing is lost' },
  KLV_SUMMARY_FILE: { class: 'config', remedy: 'check the path after --summary' },
  KLV_REPORT_FILE: { class: 'config', remedy: 'check the path after --report' },
  KLV_OUTPUT: { class: 'system', remedy: 'check the reader of stdout and the disk behind it' },
  KLV_REQUEST: { class: 'system', remedy: 'report this with the line above' },
  KLV_REDIRECT: { class: 'system', remedy: 'check base_url and proxies; redirects are never followed' },
  KLV_CONTRACT: { class: 'system', remedy: 'the API broke its description; report this' },
  KLV_NEXT_FOREIGN: { class: 'system', remedy: 'the API named another host; report this' },
  KLV_PAGE_LOOP: { class: 'system', remedy: 'the API repeats a page; report this' },
  KLV_BODY_TOO_LARGE: { class: 'system', remedy: 'report this' },
  KLV_ROW_TOO_DEEP: { class: 'system', remedy: 'shorten it in Klaviyo, or deselect its column' },
  KLV_ROW_TOO_LARGE: { class: 'system', remedy: 'set oversize to "skip" to leave such rows out' },
  KLV_BUG: { class: 'system', remedy: 'report this with the lines above' },
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof ERRORS;

/** What is odd in the files that a user gives, but does not stop a run: the code, and what is done about it. */
export const WARNINGS = {
  KLV_CONFIG_UNKNOWN: 'it is ignored',
  KLV_CONFIG_OPEN: 'give it to its owner alone',
  KLV_KEY_TRIMMED: 'they are left off',
  KLV_KEY_PREFIX: 'it is left off',
  KLV_KEY_UNUSUAL: 'it is tried as it is',
  KLV_START_DATE_CLAMPED: '2000-01-01T00:00:00Z is used',
  KLV_CATALOG_UNKNOWN: 'it is ignored',
  KLV_CATALOG_WHOLE: 'these streams are read whole on every run',
  KLV_CATALOG_EMPTY: 'no rows are read',
  KLV_CATALOG_DROPPED: 'the other streams are read; deselect it',
  KLV_STATE_UNKNOWN: 'its entry is kept as it is',
  KLV_STATE_AHEAD: 'it is taken as if it ended now',
  KLV_REVISION_OLD: 'upgrade the connector before that',
  KLV_SHAPE: 'its column is null; see whether a newer version of the connector reads it',
  KLV_STATE_START: 'to read further back, move it with position, or take it out of the state',
} as const;

/** One line, of the same form as a Fault's. */
export const warning = (code: keyof typeof WARNINGS, what: string, remedy?: string): string =>
  `${code} ${what} — ${remedy ?? WARNINGS[code]}`;

/** A line of that form, cut again where its remedy begins. */
export interface Advice {
  /** With its code. */
  readonly what: string;
  readonly remedy?: string;
}

export function atRemedy(line: string): Advice {
  const at = line.lastIndexOf(' — ');
  return at < 0 ? { what: line } : { what: line.slice(0, at), remedy: line.slice(at + 3) };
}

/** An error of the table. Its message is the one line a person reads; it never holds a secret. */
export class Fault extends Error {
  readonly code: Code;
  readonly class: FaultClass;
  /** The message without its code and remedy. */
  readonly what: string;

  constructor(code: Code, what: string, options?: { readonly remedy?: string; readonly cause?: unknown }) {
    const entry: Entry = ERRORS[code];
    super(`${code} ${what} — ${options?.remedy ?? entry.remedy}`, { cause: options?.cause });
    this.name = 'Fault';
    this.code = code;
    this.what = what;
    this.class = entry.class;
  }
}

/** What was not foreseen is a bug of ours: it keeps its stack for stderr. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new Fault('KLV_BUG', text.split('\n')[0] ?? text, { cause: error });
}

const EXIT: Readonly<Record<FaultClass, number>> = { system: 1, config: 2, transient: 3 };

/** Several streams failed: a bug outranks the user's turn, which outranks time's. */
export const exitCode = (faults: Iterable<Fault>): number =>
  Math.min(...[...faults].map((fault) => EXIT[fault.class]), 4) % 4;

/** The closest known word, for "did you mean", whatever the case: at most a third of its letters, rounded up, differ. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best !== undefined && least <= Math.ceil(best.length / 3) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
