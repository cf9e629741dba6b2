/** One read from start to end: config, catalog and state in, messages out, an exit code. */
import { type ChosenStream, everything, select } from './catalog.js';
import { openCatalog, show } from './catalog-forms.js';
import { announce, wants } from './chosen.js';
import { historyStart } from './config.js';
import { openClient } from './connection.js';
import { describeStreams } from './discover.js';
import { exitCode, Fault } from './errors.js';
import { minutesLeft } from './estimate.js';
import { parseJsonFile, readText } from './file.js';
import { Interrupted, type Io } from './io.js';
import { accountId } from './klaviyo/account.js';
import { type Client, REVISION } from './klaviyo/client.js';
import { noMends } from './klaviyo/json.js';
import { forPeople, type Log, talk, tellFault } from './log.js';
import type { Message } from './message.js';
import { pager } from './pager.js';
import { createProgress } from './progress.js';
import { errorTrace } from './protocol/airbyte.js';
import { type Protocol, type ProtocolName, protocolOf } from './protocol/protocol.js';
import type { Config, StreamName } from './resource.js';
import { RESOURCES, STREAMS } from './resources/index.js';
import { oldRevision } from './revision.js';
import { freshKey, loadConfig } from './settings.js';
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

/** What a protocol says of a run that ends before its end, and of the fault that ended it; whole lines, or none. */
export type Farewell = (fault?: Fault) => string;

export interface Listener {
  readonly summary?: (summary: Summary) => void;
  /** Called again as the run gets on: the last words given are those that hold. */
  readonly farewell?: (words: Farewell) => void;
}

/** Returns the exit code. Throws what stopped the run as a whole: a wrong input, the reader, a signal. */
export async function runRead(args: ReadArgs, io: Io, listener: Listener = {}): Promise<number> {
  const speaks = (protocol: ProtocolName | undefined): void =>
    listener.farewell?.((fault) =>
      // A platform shows what the trace says; the exit code alone tells its users nothing.
      protocol === 'airbyte' && fault !== undefined ? errorTrace(shown(fault, io), io.clock.wall()) : '',
    );
  speaks(args.protocol);
  const catalog =
    args.catalog === undefined
      ? undefined
      : openCatalog(readText(args.catalog, 'KLV_CATALOG_FILE'), args.catalog);
  const protocol = args.protocol ?? catalog?.protocol ?? 'singer';
  speaks(protocol);
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
  return await speak(protocol, inputs, args, io, listener);
}

/** A fault as it may leave the process. */
const shown = ({ message, class: turn }: Pick<Fault, 'message' | 'class'>, io: Io) => ({
  class: turn,
  message: forPeople(io.mask(message)),
});

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
  listener: Listener,
): Promise<number> {
  const { config, chosen, dropped, state, warnings } = inputs;
  const stderr = talk(io, args.debug === true);
  const protocol = protocolOf(name)({ streams: announce(chosen), state, now: io.clock.wall });
  const log: Log = (level, text) => {
    if (level === 'debug' && args.debug !== true) return;
    const line = protocol.log(level, forPeople(io.mask(text)));
    if (line === undefined) stderr(level, text);
    // A line for people stands for itself; if it cannot be written, the next message tells.
    else io.out.write(line).catch(() => {});
  };
  for (const warning of warnings) log('warn', warning);
  const mends = noMends();
  const { client, close } = openClient({
    ...{ config, wanted: wants(config, chosen), io, log, mends },
    freshKey: () => freshKey(args.config, io),
  });
  try {
    await io.out.write(protocol.begin());
    const faults: Fault[] = [];
    if (chosen.length > 0) {
      const started = io.clock.now();
      const { messages, progress, counts } = await start(inputs, args, io, client, {
        log,
        mends,
        frame: protocol.frame,
      });
      listener.farewell?.((fault) => {
        const unended = [...progress.tally].filter(([, { state: at }]) => at === 'reading');
        const trace =
          name === 'airbyte' && fault !== undefined ? errorTrace(shown(fault, io), io.clock.wall()) : '';
        return (
          trace +
          unended.map(([stream]) => protocol.say({ type: 'status', stream, status: 'incomplete' })).join('')
        );
      });
      try {
        for (;;) {
          const next = await messages.next();
          if (next.done === true) {
            faults.push(...next.value);
            break;
          }
          // Nobody knows what a run still says that is broken: its last state is the one before.
          if (io.signal.aborted && !(io.signal.reason instanceof Interrupted)) throw io.signal.reason;
          progress.see(next.value);
          // A sample moves no state, and says nothing about rows that it did not read.
          if (args.sample === true && (next.value.type === 'state' || next.value.type === 'whole')) continue;
          const { value: message } = next;
          const free = message.type === 'records' ? message.lines.free : undefined;
          await io.out.write(protocol.say(masked(message, io)), free);
        }
      } finally {
        progress.stop();
      }
      const seconds = (io.clock.now() - started) / 1000;
      const summary: Summary = { tally: progress.tally, ...client.counts, ...counts, seconds, mends };
      tellSummary(summary, log);
      listener.summary?.(summary);
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
    for (const fault of faults) tellFault(fault, io);
    return exitCode(faults);
  } finally {
    close();
  }
}

/** Rows, states and schemas are the user's data; all else that is said is masked. */
const masked = (message: Message, io: Io): Message =>
  message.type === 'status' && message.status === 'incomplete' && message.error !== undefined
    ? { ...message, error: shown(message.error, io) }
    : message;

async function start(
  { config, chosen, state }: Inputs,
  args: ReadArgs,
  io: Io,
  client: Client,
  { log, mends, frame }: { log: Log; mends: Summary['mends']; frame: Protocol['frame'] },
) {
  const [server, account] = await Promise.all([client.serverTime(), accountId(client, io.signal, log)]);
  const used = new Set(chosen.filter(({ mode }) => mode === 'incremental').map(({ name }) => name));
  const unused = new Set(chosen.map(({ name }) => name).filter((name) => !used.has(name)));
  if (account !== undefined) sameAccount(state.bookmarks, account, unused);
  const old = oldRevision(REVISION, server);
  if (old !== undefined) log('warn', old);
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
    toPage: pager(made, chosen, { mends, log, frame, sample: args.sample === true }),
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
