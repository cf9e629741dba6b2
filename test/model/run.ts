/** One run of the whole connector, in this process: no socket, and time that leaps to whoever sleeps the shortest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../loaded.js';
import { run } from '../../src/app.js';
import { airbyteCatalog, singerCatalog } from '../../src/discover.js';
import { Interrupted, type Io } from '../../src/io.js';
import { createMask } from '../../src/log.js';
import { createOutput, type Output, ReaderGone } from '../../src/output.js';
import type { OpenSandbox } from '../../src/sandbox/index.js';
import { random } from '../../src/sandbox/random.js';
import type { FakeClock } from '../klaviyo/clock.js';
import { type Network, type Noted, network } from './network.js';
import type { Command, Schedule, Step } from './schedule.js';
import { stdout } from './stdout.js';

/** A connector that does something wrong: what it says, and what it hears. */
export interface Mutant {
  readonly output?: (right: Output) => Output;
  readonly get?: (right: Network['get']) => Network['get'];
  readonly config?: object;
}

export interface Ran {
  readonly code: number;
  readonly bytes: Buffer;
  readonly stderr: string;
  readonly requests: readonly Noted[];
  /** By the server's clock, in milliseconds. */
  readonly started: number;
  readonly ended: number;
  readonly ending: 'own' | 'killed' | 'sigterm';
  /** Commands and leaps of the clock that took place while it ran. */
  readonly disturbed: boolean;
  readonly leapt: boolean;
}

export interface RunParts {
  readonly schedule: Schedule;
  readonly step: Step;
  readonly nth: number;
  readonly sandbox: OpenSandbox;
  readonly clock: FakeClock;
  readonly state: unknown;
  readonly act: (command: Command) => void;
  readonly mutant?: Mutant | undefined;
}

const KEY = 'pk_0123456789abcdef0123456789abcdef01';

let folder: string | undefined;

/** The folder for catalogs and states; gone with the process. */
function place(name: string, content: unknown): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'model-'));
    folder = made;
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function catalogOf({ protocol, streams, fullRefresh }: Schedule): object {
  const wanted = (name: string): boolean => streams?.some((one) => one === name) ?? true;
  if (protocol === 'airbyte') {
    const { streams: all } = airbyteCatalog() as {
      streams: { name: string; supported_sync_modes: string[] }[];
    };
    return {
      streams: all
        .filter(({ name }) => wanted(name))
        .map((stream) => ({
          stream,
          sync_mode:
            stream.supported_sync_modes.includes('incremental') && !fullRefresh
              ? 'incremental'
              : 'full_refresh',
          destination_sync_mode: 'append_dedup',
        })),
    };
  }
  const { streams: all } = singerCatalog() as {
    streams: { stream: string; metadata: { breadcrumb: string[]; metadata: object }[] }[];
  };
  return {
    streams: all.map((one) => ({
      ...one,
      metadata: one.metadata.map(({ breadcrumb, metadata }) => ({
        breadcrumb,
        metadata: {
          ...metadata,
          ...(breadcrumb.length > 0 ? {} : { selected: wanted(one.stream) }),
          ...(breadcrumb.length > 0 || !fullRefresh ? {} : { 'replication-method': 'FULL_TABLE' }),
        },
      })),
    })),
  };
}

let last: { readonly schedule?: Schedule; readonly path: string } = { path: '' };

/** The file is written once a schedule: a catalog is larger than what a run brings. */
function catalogPath(schedule: Schedule): string {
  if (last.schedule !== schedule) last = { schedule, path: place('catalog.json', catalogOf(schedule)) };
  return last.path;
}

export async function runOnce(parts: RunParts): Promise<Ran> {
  const { schedule, step, nth, sandbox, clock, mutant } = parts;
  const { protocol, lookback, refresh, skew, slow, seed } = schedule;
  const stop = new AbortController();
  const sink = stdout(step.end?.kind === 'byte' ? step.end : undefined);
  const right = createOutput(sink.stream, (error) => stop.abort(error));
  let disturbed = false;
  let leapt = false;
  let signalled = false;
  const net = network({
    sandbox,
    clock,
    step,
    seed: seed * 31 + nth,
    slow,
    key: KEY,
    sending(at) {
      for (const { command } of step.during.filter((one) => one.at === at)) {
        disturbed = true;
        parts.act(command);
      }
      if (step.leap?.at === at) {
        disturbed = true;
        leapt = true;
        clock.to(clock.now() + step.leap.seconds * 1000);
      }
      if (step.end?.kind === 'byte' || step.end?.at !== at) return;
      if (step.end.kind === 'request') {
        sink.kill();
        stop.abort(new ReaderGone());
      } else {
        signalled = true;
        stop.abort(new Interrupted('SIGTERM'));
      }
    },
  });
  const config = {
    api_key: KEY,
    start_date: '2000-01-01',
    events_lookback_days: lookback,
    membership_refresh_days: refresh,
    ...mutant?.config,
  };
  const draw = random(seed * 31 + nth, 'io');
  const mask = createMask();
  let stderr = '';
  const io: Io = {
    out: mutant?.output?.(right) ?? right,
    err: (text) => {
      stderr += mask(text);
    },
    env: {},
    stdin: () => Promise.resolve(JSON.stringify(config)),
    clock: { ...clock, wall: () => clock.wall() + skew * 1000 },
    random: () => draw.next(),
    http: () => ({ get: mutant?.get?.(net.get) ?? net.get, close: () => {} }),
    mask,
    signal: stop.signal,
  };
  const argv = ['read', '--config', '-', '--catalog', catalogPath(schedule)];
  if (parts.state !== undefined) argv.push('--state', place('state.json', parts.state));
  const started = clock.wall();
  const code = await clock.run(run([...argv, '--protocol', protocol], 'source-klaviyo-v2', io));
  return {
    code,
    bytes: sink.bytes(),
    stderr,
    requests: net.requests,
    started,
    ended: clock.wall(),
    ending: sink.isDead() ? 'killed' : signalled ? 'sigterm' : 'own',
    disturbed,
    leapt,
  };
}
