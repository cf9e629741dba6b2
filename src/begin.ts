/** What a read begins with: the server's time, whose account it is, the plan that follows, and its messages. */
import type { ChosenStream } from './catalog.js';
import { historyStart } from './config.js';
import type { Fault } from './errors.js';
import { minutesLeft } from './estimate.js';
import type { Io } from './io.js';
import { accountId } from './klaviyo/account.js';
import { type Client, REVISION } from './klaviyo/client.js';
import type { Mends } from './klaviyo/json.js';
import { LAG_SECONDS } from './klaviyo/server-time.js';
import type { Log } from './log.js';
import type { Message } from './message.js';
import { pager } from './pager.js';
import type { Present } from './progress.js';
import type { Protocol } from './protocol/protocol.js';
import type { Config } from './resource.js';
import { RESOURCES, STREAMS } from './resources/index.js';
import { oldRevision } from './revision.js';
import type { State } from './state.js';
import { oddities, sameAccount } from './state-check.js';
import { createLedger } from './sync/ledger.js';
import { plan } from './sync/plan.js';
import { read } from './sync/read.js';
import { addSeconds } from './time.js';
import type { RunWatch } from './watch-run.js';

const SILENCE_MS = 5 * 60_000;

export interface Begun {
  readonly messages: AsyncGenerator<Message, readonly Fault[]>;
  readonly present: () => Present;
}

export async function begin(
  { config, chosen, state }: { config: Config; chosen: readonly ChosenStream[]; state: State },
  io: Io,
  parts: {
    readonly client: Client;
    readonly log: Log;
    readonly mends: Mends;
    readonly watch: RunWatch;
    readonly frame: Protocol['frame'];
    readonly sample: boolean;
  },
): Promise<Begun> {
  const { client, log, mends, watch, frame, sample } = parts;
  const [server, account] = await Promise.all([client.serverTime(), accountId(client, io.signal, log)]);
  const used = new Set(chosen.filter(({ mode }) => mode === 'incremental').map(({ name }) => name));
  const unused = new Set(chosen.map(({ name }) => name).filter((name) => !used.has(name)));
  if (account !== undefined) {
    watch.knows({ account });
    sameAccount(state.bookmarks, account, unused);
  }
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
  const messages = read({
    plan: made,
    ledger,
    watch,
    fetch: (slice, gate) => client.page(slice, { gate }),
    silence: (signal) => io.clock.sleep(SILENCE_MS, signal),
    toPage: pager(made, chosen, { mends, log, frame, sample }),
    clock: io.clock,
    signal: io.signal,
    log,
  });
  return {
    messages,
    present() {
      const open = ledger.open();
      return {
        share(stream) {
          const use = watch.use(made.streams.get(stream)?.resource.path ?? '');
          return use === undefined ? undefined : use.lately / use.steady;
        },
        minutesLeft: (stream) =>
          minutesLeft(
            stream === undefined
              ? open
              : open.filter(({ resource }) => made.feeds(resource).includes(stream)),
            config,
            made.now,
          ),
        stopping: io.signal.aborted,
      };
    },
  };
}
