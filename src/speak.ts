/** The protocol around a read: what comes before the first message and after the last. */
import { begin } from './begin.js';
import type { ChosenStream } from './catalog.js';
import { show } from './catalog-forms.js';
import { announce, wants } from './chosen.js';
import { type Closing, goOn } from './closing.js';
import { openClient } from './connection.js';
import { exitCode, Fault } from './errors.js';
import { Interrupted, type Io } from './io.js';
import type { Client } from './klaviyo/client.js';
import type { Mends } from './klaviyo/json.js';
import { forPeople, type Log, talk, tellFault, withAside } from './log.js';
import type { Message } from './message.js';
import { showProgress } from './progress.js';
import { errorTrace } from './protocol/airbyte.js';
import { type Protocol, type ProtocolName, protocolOf } from './protocol/protocol.js';
import type { Config, StreamName } from './resource.js';
import { freshKey } from './settings.js';
import type { State } from './state.js';
import { tellSummary } from './summary.js';
import type { Terminal } from './terminal/terminal.js';
import type { RunWatch } from './watch-run.js';

/** What a protocol says of a run that ends before its end, and of the fault that ended it; whole lines, or none. */
export type Farewell = (fault?: Fault) => string;

export interface Inputs {
  readonly config: Config;
  /** The file that it comes from. */
  readonly source: string;
  readonly chosen: readonly ChosenStream[];
  readonly dropped: readonly string[];
  readonly state: State;
  readonly warnings: readonly string[];
  /** One row a stream, and no state. */
  readonly sample: boolean;
  readonly debug: boolean;
}

/** Who follows a run. */
export interface Followers {
  readonly watch: RunWatch;
  readonly mends: Mends;
  readonly closing: Closing;
  readonly farewell: (words: Farewell) => void;
}

/** A fault as it may leave the process. */
const shown = ({ message, class: turn }: Pick<Fault, 'message' | 'class'>, io: Io) => ({
  class: turn,
  message: forPeople(io.mask(message)),
});

/** A platform shows what the trace says; the exit code alone tells its users nothing. */
export const lastTrace = (protocol: ProtocolName | undefined, fault: Fault | undefined, io: Io): string =>
  protocol === 'airbyte' && fault !== undefined ? errorTrace(shown(fault, io), io.clock.wall()) : '';

/** Returns the exit code. */
export async function speak(
  name: ProtocolName,
  inputs: Inputs,
  io: Io,
  followers: Followers,
): Promise<number> {
  const { config, source, chosen, dropped, state, sample } = inputs;
  const { watch, mends, closing } = followers;
  const protocol = protocolOf(name)({ streams: announce(chosen), state, now: io.clock.wall });
  const terminal = io.terminal?.shared === false ? io.terminal : undefined;
  const { say, log } = voices(protocol, inputs, io, watch, terminal);
  for (const warning of inputs.warnings) log('warn', warning);
  watch.reads(
    chosen.map(({ name: stream }) => stream),
    new Map<string, unknown>([...state.unknown, ...state.bookmarks]),
  );
  const write = async (message: Message): Promise<void> => {
    const free = message.type === 'records' ? message.lines.free : undefined;
    const told = masked(message, io);
    await io.out.write(protocol.say(told), () => {
      free?.();
      watch.wrote(told);
    });
  };
  const { client, close } = openClient({
    ...{ config, wanted: wants(config, chosen), io, log, mends, watch },
    freshKey: () => freshKey(source, io),
  });
  try {
    await io.out.write(protocol.begin());
    const faults: Fault[] = [];
    if (chosen.length > 0) {
      const parts = { name, protocol, client, terminal, write, say, log };
      faults.push(...(await deliver(inputs, io, followers, parts)));
      // Only what stdout has taken counts.
      await io.out.flush();
      closing.readingIsOver();
      const { reason } = io.signal;
      if (reason instanceof Interrupted) say('warn', goOn(reason));
      tellSummary(watch.summary(), { closing: watch.closing(), moved: !sample }, say);
    }
    for (const one of dropped) {
      const error = new Fault('KLV_STREAM_DROPPED', `this version reads ${show(one)} no more`);
      faults.push(error);
      const stream = one as StreamName;
      await write({ type: 'status', stream, status: 'started' });
      await write({ type: 'status', stream, status: 'incomplete', error });
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

/** Lines for people: where the protocol carries them, else on stderr. `log`: those that count as warnings do. */
function voices(
  protocol: Protocol,
  { debug }: Inputs,
  io: Io,
  watch: RunWatch,
  terminal: Terminal | undefined,
): { readonly say: Log; readonly log: Log } {
  const stderr = talk(io, debug);
  const say: Log = (level, text, aside) => {
    if (level === 'debug' && !debug) return;
    const line = protocol.log(level, forPeople(io.mask(withAside(text, aside))));
    // Whoever looks at a terminal sees it there, too.
    if (line === undefined || terminal !== undefined) stderr(level, text, aside);
    // A line for people stands for itself; if it cannot be written, the next message tells.
    if (line !== undefined) io.out.write(line).catch(() => {});
  };
  const log: Log = (level, text, aside) => {
    if (level === 'warn') watch.warned(forPeople(io.mask(text)));
    say(level, text, aside);
  };
  return { say, log };
}

/** What a read of one row a stream says: of states, and of rows to come, it knows nothing. */
const SAMPLED: ReadonlySet<Message['type']> = new Set(['records', 'status']);

/** Reads, and writes what is read; returns the faults of streams. */
async function deliver(
  inputs: Inputs,
  io: Io,
  { watch, mends, closing, farewell }: Followers,
  parts: {
    readonly name: ProtocolName;
    readonly protocol: Protocol;
    readonly client: Client;
    readonly terminal: Terminal | undefined;
    readonly write: (message: Message) => Promise<void>;
    readonly say: Log;
    readonly log: Log;
  },
): Promise<readonly Fault[]> {
  const { name, protocol, client, terminal, write, say, log } = parts;
  const { sample } = inputs;
  const { messages, present } = await begin(inputs, io, {
    ...{ client, log, mends, watch, frame: protocol.frame, sample },
  });
  /** Streams that were announced, and whose end was not. */
  const open = new Set<StreamName>();
  const incomplete = (stream: StreamName) => protocol.say({ type: 'status', stream, status: 'incomplete' });
  farewell((fault) => lastTrace(name, fault, io) + [...open].map(incomplete).join(''));
  const { clock } = io;
  const { summary } = watch;
  closing.shows(await showProgress({ summary, present, clock, say: (text) => say('info', text), terminal }));
  for (;;) {
    const next = await messages.next();
    if (next.done === true) return next.value;
    // Nobody knows what a run still says that is broken: its last state is the one before.
    if (io.signal.aborted && !(io.signal.reason instanceof Interrupted)) throw io.signal.reason;
    const { value: message } = next;
    if (message.type === 'status') {
      if (message.status === 'started') open.add(message.stream);
      if (message.status === 'complete' || message.status === 'incomplete') open.delete(message.stream);
    }
    if (sample && !SAMPLED.has(message.type)) continue;
    await write(message);
  }
}

/** Rows, states and schemas are the user's data; all else that is said is masked. */
const masked = (message: Message, io: Io): Message =>
  message.type === 'status' && message.status === 'incomplete' && message.error !== undefined
    ? { ...message, error: shown(message.error, io) }
    : message;
