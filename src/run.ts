/** One read from start to end: config, catalog and state in, messages out, an exit code. */
import { type ChosenStream, everything, select } from './catalog.js';
import { openCatalog, show } from './catalog-forms.js';
import { announce, wants } from './chosen.js';
import { historyStart } from './config.js';
import { describeStreams } from './discover.js';
import { asFault, exitCode, Fault } from './errors.js';
import { minutesLeft } from './estimate.js';
import { parseJsonFile, readText } from './file.js';
import { Interrupted, type Io } from './io.js';
import { accountId } from './klaviyo/account.js';
import type { Client } from './klaviyo/client.js';
import { noMends } from './klaviyo/json.js';
import { type Log, oneLine } from './log.js';
import { pager } from './pager.js';
import { createProgress } from './progress.js';
import { errorTrace } from './protocol/airbyte.js';
import { type ProtocolName, protocolOf } from './protocol/protocol.js';
import type { Config, StreamName } from './resource.js';
import { RESOURCES, STREAMS } from './resources/index.js';
import { loadConfig, openClient, talk } from './settings.js';
import { parseState, type State } from './state.js';
import { oddities, sameAccount } from './state-check.js';
import { type Summary, tellSummary } from './summary.js';
import { createLedger } from './sync/ledger.js';
import { plan } from './sync/plan.js';
import { read } from './sync/read.js';
import { addSeconds } from './time.js';

/** The API refuses a bound younger than five seconds; twice that leaves room for clocks that differ. */
const LAG_SECONDS = 10;
const SILENCE_MS = 5 * 60_000;

export interface ReadArgs {
  readonly config: string;
  readonly catalog?: string;
  readonly state?: string;
  /** Overrides the form of the catalog. */
  readonly protocol?: ProtocolName;
  /** One row a stream, and no state. */
  readonly sample?: boolean;
  readonly debug?: boolean;
}

interface Inputs {
  readonly config: Config;
  readonly chosen: readonly ChosenStream[];
  readonly dropped: readonly string[];
  readonly state: State;
  readonly warnings: readonly string[];
}

/** Returns the exit code. Throws what stopped the run as a whole: a wrong input, the reader, a signal. */
export async function runRead(
  args: ReadArgs,
  io: Io,
  seeSummary?: (summary: Summary) => void,
): Promise<number> {
  const catalog =
    args.catalog === undefined
      ? undefined
      : openCatalog(readText(args.catalog, 'KLV_CATALOG_FILE'), args.catalog);
  const protocol = args.protocol ?? catalog?.protocol ?? 'singer';
  try {
    const selection =
      catalog === undefined ? everything(describeStreams()) : select(catalog, describeStreams());
    const { config, warnings } = await loadConfig(args.config, io);
    const state = loadState(args.state);
    const inputs: Inputs = {
      config,
      chosen: selection.streams,
      dropped: selection.dropped,
      state,
      warnings: [...warnings, ...selection.warnings, ...state.warnings],
    };
    return await speak(protocol, inputs, args, io, seeSummary);
  } catch (error) {
    // A platform shows what the trace says; the exit code alone tells its users nothing.
    if (protocol === 'airbyte' && !io.signal.aborted)
      await io.out.write(io.mask(errorTrace(asFault(error), io.clock.wall())));
    throw error;
  }
}

function loadState(path: string | undefined): State {
  const streams = new Map<string, { readonly cursor?: string }>(
    describeStreams().map((one) => [one.name, one]),
  );
  const document = path === undefined ? undefined : parseJsonFile(path, 'KLV_STATE_UNREADABLE');
  return parseState(document, (stream) => streams.get(stream));
}

/** The protocol around the read: what comes before the first message and after the last. */
async function speak(
  name: ProtocolName,
  inputs: Inputs,
  args: ReadArgs,
  io: Io,
  seeSummary?: (summary: Summary) => void,
): Promise<number> {
  const { config, chosen, dropped, state, warnings } = inputs;
  const stderr = talk(io, args.debug === true);
  const protocol = protocolOf(name)({ streams: announce(chosen), state, now: io.clock.wall });
  const log: Log = (level, text) => {
    if (level === 'debug' && args.debug !== true) return;
    const line = protocol.log(level, oneLine(io.mask(text)));
    if (line === undefined) stderr(level, text);
    // A line for people stands for itself; if it cannot be written, the next message tells.
    else io.out.write(line).catch(() => {});
  };
  for (const warning of warnings) log('warn', warning);
  const mends = noMends();
  const { client, close } = openClient({ config, wanted: wants(config, chosen), io, log, mends });
  try {
    await io.out.write(protocol.begin());
    const faults: Fault[] = [];
    if (chosen.length > 0) {
      const started = io.clock.now();
      const { messages, progress, counts } = await start(inputs, args, io, client, log, mends);
      try {
        for (;;) {
          const next = await messages.next();
          if (next.done === true) {
            faults.push(...next.value);
            break;
          }
          progress.see(next.value);
          // A sample moves no state, and says nothing about rows that it did not read.
          if (args.sample === true && (next.value.type === 'state' || next.value.type === 'whole')) continue;
          const { value: message } = next;
          const bytes = message.type === 'records' && message.bytes === true;
          await io.out.write(protocol.say(message), bytes ? 'latin1' : 'utf8');
        }
      } finally {
        progress.stop();
      }
      const seconds = (io.clock.now() - started) / 1000;
      const summary: Summary = { tally: progress.tally, ...client.counts, ...counts, seconds, mends };
      tellSummary(summary, log);
      seeSummary?.(summary);
    }
    for (const name of dropped) {
      const error = new Fault('KLV_STREAM_DROPPED', `this version reads ${show(name)} no more`);
      faults.push(error);
      const stream = name as StreamName;
      await io.out.write(protocol.say({ type: 'status', stream, status: 'started' }));
      await io.out.write(protocol.say({ type: 'status', stream, status: 'incomplete', error }));
    }
    await io.out.write(protocol.end());
    await io.out.flush();
    if (io.signal.reason instanceof Interrupted) throw io.signal.reason;
    for (const fault of faults) stderr('error', fault.message);
    return exitCode(faults);
  } finally {
    close();
  }
}

async function start(
  { config, chosen, state }: Inputs,
  args: ReadArgs,
  io: Io,
  client: Client,
  log: Log,
  mends: Summary['mends'],
) {
  const [server, account] = await Promise.all([client.serverTime(), accountId(client, io.signal, log)]);
  const used = new Set(chosen.filter(({ mode }) => mode === 'incremental').map(({ name }) => name));
  const unused = new Set(chosen.map(({ name }) => name).filter((name) => !used.has(name)));
  if (account !== undefined) sameAccount(state.bookmarks, account, unused);
  const since = historyStart(config, server);
  for (const warning of oddities(state.bookmarks, used, { now: server, since })) log('warn', warning);
  const made = plan({
    resources: RESOURCES,
    streams: STREAMS,
    chosen,
    bookmarks: state.bookmarks,
    config,
    since,
    now: addSeconds(server, -LAG_SECONDS),
    account,
  });
  const ledger = createLedger(made);
  const counts = { splits: 0, gone: new Map<string, number>() };
  const messages = read({
    plan: made,
    ledger,
    counts,
    fetch: (slice, gate) => client.page(slice, { gate }),
    silence: (signal) => io.clock.sleep(SILENCE_MS, signal),
    toPage: pager(made, chosen, { mends, log, sample: args.sample === true }),
    clock: io.clock,
    signal: io.signal,
    log,
  });
  const columns = io.columns();
  const progress = createProgress({
    streams: [...made.streams.keys()],
    requests: () => client.counts.requests,
    left: () => minutesLeft(ledger.open(), config, made.now),
    say: (text) => log('info', text),
    ...(columns === undefined
      ? {}
      : { paint: (text: string) => io.err(`\r\u001b[2K${text.slice(0, (io.columns() ?? columns) - 1)}`) }),
  });
  return { messages, progress, counts };
}
