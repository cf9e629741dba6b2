/** One read from start to end: config, catalog and state in, messages out, an exit code. */
import { everything, select } from './catalog.js';
import { openCatalog } from './catalog-forms.js';
import { createClosing } from './closing.js';
import { describeStreams } from './discover.js';
import { codeOf } from './ending.js';
import { parseFile, readText } from './file.js';
import type { Io } from './io.js';
import { REVISION } from './klaviyo/client.js';
import { noMends } from './klaviyo/json.js';
import { packageInfo } from './packaged.js';
import type { ProtocolName } from './protocol/protocol.js';
import type { RunSummary } from './run-summary.js';
import { loadConfig } from './settings.js';
import { type Farewell, type Followers, lastTrace, speak } from './speak.js';
import { parseState, type State } from './state.js';
import { withoutKey } from './state-check.js';
import { type SummaryFile, summaryFile } from './summary-file.js';
import { watchRun } from './watch-run.js';

export type { Farewell } from './speak.js';

export interface ReadArgs {
  readonly config: string;
  readonly catalog?: string;
  readonly state?: string;
  /** Overrides the form of the catalog. */
  readonly protocol?: ProtocolName;
  /** Where what the run came to is written. */
  readonly summary?: string;
  /** Where the same is written as a page. */
  readonly report?: string;
  /** One row a stream, and no state. */
  readonly sample?: boolean;
  readonly debug?: boolean;
}

export interface Listener {
  /** Called once, when the run is over. */
  readonly summary?: (summary: RunSummary) => void;
  /** Called again as the run gets on: the last words given are those that hold. */
  readonly farewell?: (words: Farewell) => void;
}

/** Returns the exit code. Throws what stopped the run as a whole: a wrong input, the reader, a signal. */
export async function runRead(args: ReadArgs, io: Io, listener: Listener = {}): Promise<number> {
  const { name, version } = packageInfo();
  const mends = noMends();
  const watch = watchRun({ connector: { name, version, revision: REVISION }, clock: io.clock, mends });
  const files = await filesOf(args, io);
  // Whoever wants to have what a run came to gets it here.
  const keep = [...files.map(({ write }) => write), listener.summary].filter((one) => one !== undefined);
  const closing = createClosing(watch, io, keep);
  const farewell = listener.farewell ?? (() => {});
  try {
    const code = await readAll(args, io, { watch, mends, closing, farewell }, files);
    closing.end(code);
    return code;
  } catch (error) {
    const reason: unknown = io.signal.aborted ? io.signal.reason : error;
    closing.end(codeOf(reason), reason);
    throw error;
  }
}

async function filesOf(args: ReadArgs, io: Io): Promise<readonly SummaryFile[]> {
  const { config, catalog, state, summary, report } = args;
  const given = { config, catalog, state };
  return [
    ...(summary === undefined ? [] : [summaryFile(summary, given, io)]),
    ...(report === undefined
      ? []
      : [
          summaryFile(report, { ...given, summary }, io, {
            code: 'KLV_REPORT_FILE',
            print: (await import('./report/page.js')).reportPage,
          }),
        ]),
  ];
}

async function readAll(
  args: ReadArgs,
  io: Io,
  followers: Followers,
  files: readonly SummaryFile[],
): Promise<number> {
  const speaks = (protocol: ProtocolName | undefined): void => {
    if (protocol !== undefined) followers.watch.knows({ protocol });
    followers.farewell((fault) => lastTrace(protocol, fault, io));
  };
  speaks(args.protocol);
  const catalog =
    args.catalog === undefined
      ? undefined
      : openCatalog(readText(args.catalog, 'KLV_CATALOG_FILE'), args.catalog);
  const protocol = args.protocol ?? catalog?.protocol ?? 'singer';
  speaks(protocol);
  for (const { check } of files) check();
  const selection =
    catalog === undefined ? everything(describeStreams()) : select(catalog, describeStreams());
  const { config, warnings } = await loadConfig(args.config, io);
  const state = loadState(args.state);
  withoutKey(state, config.api_key);
  const inputs = {
    config,
    source: args.config,
    chosen: selection.streams,
    dropped: selection.dropped,
    state,
    warnings: [...warnings, ...selection.warnings, ...state.warnings],
    sample: args.sample === true,
    debug: args.debug === true,
  };
  return await speak(protocol, inputs, io, followers);
}

function loadState(path: string | undefined): State {
  const streams = new Map<string, { readonly cursor?: string }>(
    describeStreams().map((one) => [one.name, one]),
  );
  const document =
    path === undefined
      ? undefined
      : parseFile(readText(path, 'KLV_STATE_UNREADABLE'), path, 'KLV_STATE_UNREADABLE');
  return parseState(document, (stream) => streams.get(stream));
}
