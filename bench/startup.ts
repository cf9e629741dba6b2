/** How long commands take that ask nobody, beside an empty program: nearly all of it is loading. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const EMPTY = 'node -e 0';
/** What an orchestrator calls again and again: at most so many times an empty program's time. */
const GOALS: Readonly<Record<string, number>> = { spec: 1.6, discover: 1.6 };

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number from 1');

const folder = mkdtempSync(join(tmpdir(), 'startup-'));
const wrong = join(folder, 'config.json');
writeFileSync(wrong, JSON.stringify({ api_key: 'pk_0123456789abcdef', rate_limit_share: 2 }), {
  mode: 0o600,
});

const programs = new Map<string, readonly string[]>([
  [EMPTY, ['-e', '0']],
  ['spec', [MAIN, 'spec']],
  ['discover', [MAIN, 'discover']],
  ['--discover', [MAIN, '--discover']],
  ['--version', [MAIN, '--version']],
  ['--about', [MAIN, '--about']],
  ['check, wrong config', [MAIN, 'check', '--config', wrong]],
]);

function timed(name: string, argv: readonly string[]): number {
  const start = performance.now();
  const { status, stdout } = spawnSync(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ms = performance.now() - start;
  if (status !== 0 || (stdout.length === 0) !== (name === EMPTY))
    throw new Error(`${name} did not do its work`);
  return ms;
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

try {
  const times = new Map<string, number[]>([...programs.keys()].map((name) => [name, []]));
  // One after the other, again and again: whatever else the machine does falls on all of them alike.
  for (let run = 0; run <= runs; run += 1)
    for (const [name, argv] of programs) {
      const ms = timed(name, argv);
      // The first reads files that the machine may not have at hand.
      if (run > 0) times.get(name)?.push(ms);
    }
  const ms = Object.fromEntries([...times].map(([name, all]) => [name, median(all)]));
  const empty = ms[EMPTY] ?? Number.NaN;
  const ratio = Object.fromEntries(
    Object.entries(ms).map(([name, one]) => [name, rounded(one / empty, 2)] as const),
  );
  const missed = Object.entries(GOALS).filter(([name, goal]) => !((ratio[name] ?? Number.NaN) <= goal));
  const line = {
    bench: 'startup',
    node: process.version,
    // Node 20 reads them at every start, an empty program's too, which makes all ratios smaller.
    extraCertificates: process.env.NODE_EXTRA_CA_CERTS !== undefined,
    runs,
    ms: Object.fromEntries(Object.entries(ms).map(([name, one]) => [name, rounded(one, 1)])),
    ratio,
    missed: missed.map(([name, goal]) => `${name}: ${ratio[name]} > ${goal}`),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
