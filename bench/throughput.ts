/**
 * How fast events come out of the executable when no limit holds it back, and what they cost, against curl which does
 * no more than fetch and unpack the same pages: both through a pipe, by turns, from one sandbox. Prints one line of
 * JSON for zipped answers and one for answers that are not.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Served, serveAccount } from './account.js';
import { catalogFor } from './connector.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const PAGE = 1_000;
/** As many as the executable has under way. */
const PARALLEL = 20;
/** Klaviyo's ceiling for events: 3,500 pages of 1,000 a minute. */
const CEILING = 58_333;

const { values } = parseArgs({
  options: { pages: { type: 'string', default: '300' }, rounds: { type: 'string', default: '5' } },
});
const pages = Number(values.pages);
const rounds = Number(values.rounds);

interface Cost {
  readonly seconds: number;
  /** Of all processes of the pipe. */
  readonly cpu: number;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** Runs a command into `cat`, which throws all away; bash tells what the pipe took. */
function timed(command: readonly string[]): Promise<Cost> {
  const script = `TIMEFORMAT='%R %U %S'; set -o pipefail; time { ${command.map(quote).join(' ')} 2>&9 | cat > /dev/null; } 9>/dev/null`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'inherit', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const [real = 0, user = 0, system = 0] = (told.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
      if (code === 0) resolve({ seconds: real, cpu: user + system });
      else reject(new Error(`${command[0]} ended with ${code}: ${told}`));
    });
  });
}

/** The address of each page, for a client that does not follow links. */
async function addresses({ url, apiKey }: Served['account']): Promise<string[]> {
  const found: string[] = [];
  let next: string | null | undefined = `${url}/api/events?page[size]=${PAGE}&sort=datetime`;
  while (typeof next === 'string') {
    found.push(next);
    const response = await fetch(next, {
      headers: { authorization: `Klaviyo-API-Key ${apiKey}`, revision: '2026-07-15' },
    });
    next = ((await response.json()) as { links: { next?: string | null } }).links.next;
  }
  return found;
}

async function measure(gzip: boolean): Promise<void> {
  const served = await serveAccount({
    ...{ account: 'bulk', events: pages * PAGE, profiles: 100_000, limits: false, gzip },
    ...{ lists: 0, segments: 0, flows: 0, campaigns: 0 },
  });
  const folder = mkdtempSync(join(tmpdir(), 'klaviyo-throughput-'));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  try {
    const { url, apiKey } = served.account;
    const config = file(
      'config.json',
      JSON.stringify({ api_key: apiKey, base_url: url, start_date: '2000-01-01' }),
    );
    const catalog = file('catalog.json', JSON.stringify(await catalogFor(config, ['event_v2'])));
    const list = (await addresses(served.account)).map((address) => `url = ${JSON.stringify(address)}`);
    const headers = [
      `header = "Authorization: Klaviyo-API-Key ${apiKey}"`,
      'header = "revision: 2026-07-15"',
      ...(gzip ? ['compressed'] : []),
      ...['globoff', 'silent', 'fail', 'parallel', `parallel-max = ${PARALLEL}`],
    ];
    const curl = ['curl', '-K', file('curl.conf', [...headers, ...list].join('\n'))];
    const read = [process.execPath, MAIN, 'read', '--config', config, '--catalog', catalog];
    const start = [process.execPath, MAIN, 'spec'];
    const costs = { curl: [] as Cost[], read: [] as Cost[], start: [] as Cost[] };
    for (let round = 0; round < rounds; round += 1) {
      costs.curl.push(await timed(curl));
      costs.read.push(await timed(read));
      costs.start.push(await timed(start));
    }
    const records = pages * PAGE;
    const seconds = (of: readonly Cost[]): number => median(of.map((one) => one.seconds));
    const each = (of: readonly Cost[]): number => (median(of.map(({ cpu }) => cpu)) / records) * 1e6;
    const round = (value: number): number => Number(value.toFixed(3));
    const running = each(costs.read) - each(costs.start);
    process.stdout.write(
      `${JSON.stringify({
        bench: 'throughput',
        gzip,
        records,
        rounds,
        recordsASecond: {
          read: Math.round(records / seconds(costs.read)),
          curl: Math.round(records / seconds(costs.curl)),
        },
        microsecondsOfCpuARecord: { read: round(each(costs.read)), curl: round(each(costs.curl)) },
        rateToCurl: round(seconds(costs.curl) / seconds(costs.read)),
        cpuToCurl: round(each(costs.read) / each(costs.curl)),
        // What one core makes of it, once the process has started.
        recordsASecondOfCpu: Math.round(1e6 / running),
        ceiling: CEILING,
        cpuToCeiling: round((CEILING * running) / 1e6),
      })}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
    served.close();
  }
}

for (const gzip of [true, false]) await measure(gzip);
