/** The main job on the embedded account: check, discover, read all streams into files, then a day's increment. */

import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ndjson from 'ndjson';
import { everything } from './catalog.js';
import { checkKey } from './check.js';
import type { SandboxFlags } from './commands.js';
import { describeStreams } from './discover.js';
import type { Io } from './io.js';
import { talk } from './log.js';
import { createOutput } from './output.js';
import { runRead } from './run.js';
import type { RunSummary } from './run-summary.js';
import { type Sandbox, startSandbox } from './sandbox/index.js';
import { loadConfig } from './settings.js';

const DAY_MS = 86_400_000;
const SAMPLES = ['profile_v2', 'event_v2', 'campaign_v2'];

export async function demo(flags: SandboxFlags, folder: string, io: Io): Promise<number> {
  const sandbox = await startSandbox({ ...flags, port: 0 });
  try {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'config.json');
    writeFileSync(
      path,
      `${JSON.stringify({ api_key: sandbox.apiKey, base_url: sandbox.url, start_date: '2000-01-01' })}\n`,
      { mode: 0o600 },
    );
    io.err(`A made-up Klaviyo account on ${sandbox.url}; its config is ${path}\n\n`);
    if (!(await checked(path, io))) return 1;

    const first = await readInto(join(folder, 'first'), path, undefined, sandbox, io);
    if (first.code !== 0) return first.code;
    io.err('\nA day passes in the account: people buy, join lists, change.\n\n');
    sandbox.advance(1);
    const later = { ...io, clock: { ...io.clock, wall: () => io.clock.wall() + DAY_MS } };
    const second = await readInto(join(folder, 'second'), path, first.state, sandbox, later);
    io.err(`\nAll files are in ${folder}: one a stream and run, and the state after each run.\n`);
    return second.code;
  } finally {
    await sandbox.close();
  }
}

/** Numbers stand below each other. */
const rowsText = (count: number): string =>
  `${count.toLocaleString('en').padStart(7)} ${count === 1 ? 'row' : 'rows'}`;

async function checked(path: string, io: Io): Promise<boolean> {
  const { config } = await loadConfig(path, io);
  const { streams } = everything(describeStreams());
  const log = talk(io, false);
  const { ok, problems, granted } = await checkKey(config, streams, io, log);
  io.err(ok ? `check: the key has ${granted.join(', ')}\n` : `check failed: ${problems.join('; ')}\n`);
  io.err(`discover: ${streams.length} streams\n\n`);
  return ok;
}

/** Reads as a Singer tap into one file a stream, the way a target would. */
async function readInto(folder: string, config: string, state: string | undefined, sandbox: Sandbox, io: Io) {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, WriteStream>();
  const samples = new Map<string, unknown>();
  let last: unknown;
  const messages = ndjson.parse();
  messages.on('data', (message: { type: string; stream: string; record: unknown; value: unknown }) => {
    if (message.type === 'SCHEMA')
      files.set(message.stream, createWriteStream(join(folder, `${message.stream}.jsonl`)));
    if (message.type === 'STATE') last = message.value;
    if (message.type !== 'RECORD') return;
    if (!samples.has(message.stream)) samples.set(message.stream, message.record);
    files.get(message.stream)?.write(`${JSON.stringify(message.record)}\n`);
  });
  const out = createOutput(messages);
  const before = sandbox.requests.length;
  let summary: RunSummary | undefined;
  const code = await runRead(
    { config, ...(state === undefined ? {} : { state }) },
    // Its rows go to files, so that the terminal is free even where stdout is on it.
    { ...io, out, terminal: io.terminal && { ...io.terminal, shared: false } },
    {
      summary: (said) => {
        summary = said;
      },
    },
  );
  messages.end();
  await Promise.all([...files.values()].map((file) => once(file.end(), 'finish')));
  const saved = join(folder, 'state.json');
  writeFileSync(saved, `${JSON.stringify(last, null, 2)}\n`);

  io.err(`${state === undefined ? 'First' : 'Second'} read, ${sandbox.requests.length - before} requests:\n`);
  for (const { name, rows, state: end } of summary?.streams ?? [])
    io.err(`  ${name.padEnd(34)} ${rowsText(rows).padEnd(12)}  ${end}  ${join(folder, `${name}.jsonl`)}\n`);
  for (const name of SAMPLES)
    if (samples.has(name))
      io.err(`\n  a row of ${name}:\n  ${JSON.stringify(samples.get(name)).slice(0, 400)}…\n`);
  return { code, state: saved };
}
