/** One read from start to end: config, catalog and state in, messages out, an exit code. */
import { type ChosenStream, everything, select } from './catalog.js';
import { openCatalog } from './catalog-forms.js';
import { historyStart, parseConfig } from './config.js';
import { describe } from './discover.js';
import { asFault, exitCode, type Fault } from './errors.js';
import { parseJsonFile, readText } from './file.js';
import type { Io } from './io.js';
import { Interrupted } from './io.js';
import { type Client, createClient } from './klaviyo/client.js';
import { createHttp } from './klaviyo/http.js';
import { type Mends, noMends } from './klaviyo/json.js';
import { type Level, masker, oneLine } from './log.js';
import { ReaderGone } from './output.js';
import { createProgress, type Tally } from './progress.js';
import { errorTrace } from './protocol/airbyte.js';
import { type Protocol, type ProtocolName, protocolOf } from './protocol/protocol.js';
import type { Config, Resource, Slice, StreamName, Wanted } from './resource.js';
import { RESOURCES, STREAMS } from './resources/index.js';
import { fitter } from './row.js';
import { type StreamSchema, schemaOf } from './schemas.js';
import { parseState, type State } from './state.js';
import type { Outcome } from './sync/crawl.js';
import { createLedger } from './sync/ledger.js';
import { type Page, toPage } from './sync/page.js';
import { type Plan, plan } from './sync/plan.js';
import { read } from './sync/read.js';
import { addSeconds, fromMillis, type Instant } from './time.js';

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

export interface Summary {
  readonly tally: Tally;
  readonly requests: number;
  readonly limited: number;
  readonly retries: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly mends: Mends;
}

/** Reads the config that `--config` names (`-`: standard input), and reports what is odd about it. */
export async function loadConfig(
  path: string,
  io: Io,
): Promise<{ config: Config; warnings: readonly string[] }> {
  const text = path === '-' ? await io.stdin() : readText(path, 'KLV_CONFIG_FILE');
  const key = io.env.KLAVIYO_API_KEY;
  return parseConfig(
    text,
    path === '-' ? 'standard input' : path,
    key === undefined ? {} : { KLAVIYO_API_KEY: key },
    fromMillis(io.clock.wall()),
  );
}

export interface Talk {
  readonly log: (level: Level, text: string) => void;
  readonly mask: (text: string) => string;
}

/** stderr for people: a level and a line; debug lines only where they were asked for. */
export function talk(io: Io, secrets: readonly string[], debug: boolean): Talk {
  const mask = masker(secrets);
  const word: Readonly<Record<Level, string>> = {
    debug: 'DEBUG',
    info: 'INFO',
    warn: 'WARNING',
    error: 'CRITICAL',
  };
  return {
    mask,
    log: (level, text) => {
      if (level !== 'debug' || debug) io.err(`${word[level]} ${oneLine(mask(text))}\n`);
    },
  };
}

/** Returns the exit code. Faults before the first message are thrown. */
export async function runRead(
  args: ReadArgs,
  io: Io,
  seeSummary?: (summary: Summary) => void,
): Promise<number> {
  const started = io.clock.now();
  const readable = describe();
  const catalog =
    args.catalog === undefined
      ? undefined
      : openCatalog(readText(args.catalog, 'KLV_CATALOG_FILE'), args.catalog);
  const name = args.protocol ?? catalog?.protocol ?? 'singer';
  try {
    const selection = catalog === undefined ? everything(readable) : select(catalog, readable);
    return await readSelected(name, selection, args, io, started, seeSummary);
  } catch (error) {
    if (io.signal.aborted || name !== 'airbyte') throw error;
    // A platform shows what the trace says, and reads the exit code only.
    await io.out.write(masker([io.env.KLAVIYO_API_KEY ?? ''])(errorTrace(asFault(error), io.clock.wall())));
    throw error;
  }
}

async function readSelected(
  name: ProtocolName,
  selection: { readonly streams: readonly ChosenStream[]; readonly warnings: readonly string[] },
  args: ReadArgs,
  io: Io,
  started: number,
  seeSummary: ((summary: Summary) => void) | undefined,
): Promise<number> {
  const { config, warnings } = await loadConfig(args.config, io);
  const cursorOf = new Map(describe().map((stream) => [stream.name as string, stream]));
  const state = parseState(
    args.state === undefined ? undefined : parseJsonFile(args.state, 'KLV_STATE_UNREADABLE'),
    (stream) => cursorOf.get(stream),
  );
  const stderr = talk(io, [config.api_key], args.debug === true);
  const protocol = protocolOf(name)({
    streams: announce(selection.streams),
    state,
    now: io.clock.wall,
  });
  const pending: string[] = [];
  const log = (level: Level, text: string): void => {
    const line =
      level === 'debug' && args.debug !== true ? '' : protocol.log(level, oneLine(stderr.mask(text)));
    if (line === undefined) stderr.log(level, text);
    else if (line !== '') pending.push(line);
  };
  const say = async (lines: string): Promise<void> => {
    await io.out.write(pending.splice(0).join('') + lines);
  };
  for (const warning of [...warnings, ...selection.warnings, ...state.warnings]) log('warn', warning);

  const http = createHttp();
  try {
    const wanted = wants(config, selection.streams);
    const mends = noMends();
    const client = createClient({
      config,
      wanted,
      get: http.get,
      clock: io.clock,
      random: io.random,
      signal: io.signal,
      log,
      mends,
    });
    await say(protocol.begin());
    const faults =
      selection.streams.length === 0
        ? []
        : await pump({
            config,
            selection,
            state,
            client,
            protocol,
            mends,
            args,
            io,
            log,
            say,
            started,
            seeSummary,
          });
    await say(protocol.end());
    await io.out.flush();
    for (const fault of faults) stderr.log('error', fault.message);
    return exitCode(faults);
  } catch (error) {
    if (!(io.signal.reason instanceof ReaderGone)) await say('');
    throw error;
  } finally {
    http.close();
  }
}

interface PumpParts {
  readonly config: Config;
  readonly selection: { readonly streams: readonly ChosenStream[] };
  readonly state: State;
  readonly client: Client;
  readonly protocol: Protocol;
  readonly mends: Mends;
  readonly args: ReadArgs;
  readonly io: Io;
  readonly log: (level: Level, text: string) => void;
  readonly say: (lines: string) => Promise<void>;
  readonly started: number;
  readonly seeSummary: ((summary: Summary) => void) | undefined;
}

/** Pulls messages and writes them, one after the other. */
async function pump(parts: PumpParts): Promise<readonly Fault[]> {
  const { config, selection, client, protocol, mends, args, io, log, say } = parts;
  const server = await client.serverTime();
  const made = makePlan(config, selection.streams, parts.state, server);
  const ledger = createLedger(made);
  const columns = io.columns();
  const progress = createProgress({
    streams: [...made.streams.keys()],
    requests: () => client.counts.requests,
    say: (text) => log('info', text),
    ...(columns === undefined
      ? {}
      : { paint: (text: string) => io.err(`\r\u001b[2K${text.slice(0, (io.columns() ?? columns) - 1)}`) }),
  });
  const pages = pager(made, selection.streams, { mends, log, sample: args.sample === true });
  const messages = read({
    plan: made,
    ledger,
    fetch: async (slice): Promise<Outcome> => {
      const answer = await client.page(slice);
      return answer.kind === 'page'
        ? { kind: 'page', slice, body: answer.body }
        : { kind: answer.kind, slice, fault: answer.fault };
    },
    silence: (signal) => io.clock.sleep(SILENCE_MS, signal),
    toPage: pages,
    clock: io.clock,
    signal: io.signal,
    log,
  });
  try {
    for (;;) {
      const next = await messages.next();
      if (next.done === true) {
        const summary: Summary = {
          tally: progress.tally,
          ...client.counts,
          seconds: (io.clock.now() - parts.started) / 1000,
          mends,
        };
        tellSummary(summary, log);
        parts.seeSummary?.(summary);
        if (io.signal.reason instanceof Interrupted) {
          await say('');
          throw io.signal.reason;
        }
        return next.value;
      }
      progress.see(next.value);
      if (args.sample === true && next.value.type === 'state') continue;
      await say(protocol.say(next.value));
    }
  } finally {
    progress.stop();
  }
}

function makePlan(config: Config, chosen: readonly ChosenStream[], state: State, server: Instant): Plan {
  const now = addSeconds(server, -LAG_SECONDS);
  return plan({
    resources: RESOURCES,
    streams: STREAMS,
    chosen,
    bookmarks: state.bookmarks,
    config,
    since: historyStart(config, server),
    now,
  });
}

/** Bodies to pages, with what rows look up, and the first sight of anything odd told once. */
function pager(
  made: Plan,
  chosen: readonly ChosenStream[],
  options: {
    readonly mends: Mends;
    readonly log: (level: Level, text: string) => void;
    readonly sample: boolean;
  },
): (slice: Slice, body: Parameters<typeof toPage>[1]) => Page {
  const told = new Set<string>();
  const warnings = {
    mends: options.mends,
    warn: (stream: StreamName, column: string, what: string): void => {
      const key = `${stream}.${column.replace(/\[\d+\]/g, '[]')}`;
      if (told.has(key)) return;
      told.add(key);
      options.log('warn', `${key} ${what}`);
    },
  };
  const fits = new Map(
    chosen.map(({ name, columns }) => [name, fitter(name, schemaOf(name), columns, warnings)] as const),
  );
  const named = new Set<Resource>(RESOURCES.flatMap((resource) => resource.after ?? []));
  const seen = new Set<string>();
  const lookup = (type: string, id: string): boolean => seen.has(`${type}/${id}`);
  const sampled = new Set<StreamName>();
  return (slice, body) => {
    if (named.has(slice.resource)) for (const { type, id } of body.data) seen.add(`${type}/${id}`);
    const page = toPage(slice, body, { plan: made, fits, lookup });
    return options.sample ? firstRows(page, made, sampled) : page;
  };
}

/** One row a stream, and only the slices that may bring a row of a stream that has none yet. */
function firstRows(page: Page, made: Plan, sampled: Set<StreamName>): Page {
  const rows = new Map<StreamName, readonly string[]>();
  for (const [stream, texts] of page.rows) {
    if (texts.length === 0 || sampled.has(stream)) continue;
    sampled.add(stream);
    rows.set(stream, texts.slice(0, 1));
  }
  const opened = new Map<Resource, number>();
  const opens = page.opens.filter(({ resource }) => {
    const count = (opened.get(resource) ?? 0) + 1;
    opened.set(resource, count);
    return count <= 3 && made.feeds(resource).some((stream) => !sampled.has(stream));
  });
  return { rows, opens };
}

export function wants(config: Config, chosen: readonly ChosenStream[]): Wanted {
  const columns = new Map(chosen.map(({ name, columns: selected }) => [name, selected]));
  return {
    config,
    stream: (name) => columns.has(name),
    column: (name, ...wanted) => {
      if (!columns.has(name)) return false;
      const selected = columns.get(name);
      return selected === undefined || wanted.some((column) => selected.has(column));
    },
  };
}

/** Schemas as they are announced: only selected columns. */
function announce(chosen: readonly ChosenStream[]) {
  const described = new Map(describe().map((stream) => [stream.name, stream]));
  return chosen.map(({ name, columns }) => {
    const { primaryKey = [], cursor } = described.get(name) ?? {};
    const schema: StreamSchema = schemaOf(name);
    const properties = Object.fromEntries(
      Object.entries(schema.properties).filter(([column]) => columns?.has(column) ?? true),
    );
    return {
      name,
      schema: { ...schema, properties },
      primaryKey,
      ...(cursor === undefined ? {} : { cursor }),
    };
  });
}

function tellSummary(
  { tally, requests, limited, retries, bytes, seconds, mends }: Summary,
  log: Talk['log'],
): void {
  const rows = [...tally.values()].reduce((sum, one) => sum + one.rows, 0);
  log(
    'info',
    `${rows} rows of ${tally.size} streams, ${requests} requests (${limited} rate limited, ${retries} tried again), ${(
      bytes / 1e6
    ).toFixed(1)} MB, ${seconds.toFixed(1)} s`,
  );
  const changed = Object.entries({
    'lone surrogates replaced': mends.surrogates,
    'NUL characters removed': mends.nuls,
    'numbers beyond a double made strings': mends.huge,
    'wide integers made strings': mends.wide,
    'unparsable dates made null': mends.dates,
    'values of another type moved to additional_attributes': mends.misfits,
  }).filter(([, count]) => count > 0);
  if (changed.length > 0)
    log('warn', `values changed: ${changed.map(([what, count]) => `${count} ${what}`).join(', ')}`);
}
