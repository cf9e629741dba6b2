/**
 * How fast events come out of the executable when no limit holds it back, and what they cost, against curl which does
 * no more than fetch and unpack the same pages, and against this runtime doing no more than that (`fetch`): all through
 * a pipe, by turns, from one sandbox. Two sizes are read and only the difference counts, so that what a start and the
 * compiler's first look at the code cost is told apart. Prints a line of JSON for events with items, zipped; over TLS,
 * too; unzipped; and for events without items.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createHttp } from '../src/klaviyo/http.js';
import { AUTHORITY } from '../test/klaviyo/certificates.js';
import { type Served, serveAccount } from './account.js';
import { catalogFor } from './connector.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const FETCH = fileURLToPath(new URL('./fetch.js', import.meta.url));
const PAGE = 1_000;
/** As many as the executable has under way. */
const PARALLEL = 20;
/** Klaviyo's ceiling for events: 3,500 pages of 1,000 a minute. */
const CEILING = 58_333;

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '900' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
  },
});
/** The smaller size is enough for the runtime to have compiled all that it will. */
const LEAST_PAGES = 150;
const pages = Number(values.pages);
const rounds = Number(values.rounds);
if (!(pages >= 2 * LEAST_PAGES))
  throw new Error(`--pages must be ${2 * LEAST_PAGES} or more: the difference counts`);

interface Cost {
  readonly seconds: number;
  /** Of all processes of the pipe. */
  readonly cpu: number;
}

interface Way {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** Runs a command into `cat`, which throws all away; bash tells what the pipe took. */
function timed({ command, env = {} }: Way): Promise<Cost> {
  const script = `TIMEFORMAT='%R %U %S'; set -o pipefail; time { ${command.map(quote).join(' ')} 2>&9 | cat > /dev/null; } 9>/dev/null`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...env },
    });
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
  const { get, close } = createHttp({ ca: AUTHORITY });
  const headers = { authorization: `Klaviyo-API-Key ${apiKey}`, revision: '2026-07-15' };
  let next: string | null | undefined = `${url}/api/events?page[size]=${PAGE}&sort=datetime`;
  while (typeof next === 'string') {
    found.push(next);
    const { body } = await get(new URL(next), headers, new AbortController().signal);
    next = (JSON.parse(body.toString()) as { links: { next?: string | null } }).links.next;
  }
  close();
  return found;
}

interface Kind {
  readonly items: boolean;
  readonly gzip: boolean;
  readonly tls: boolean;
}

const WAYS = ['curl', 'fetch', 'read'] as const;
type Costs = Readonly<Record<(typeof WAYS)[number], Cost>>;

/** The median cost of each way to read an account of so many pages. */
async function costsOf(count: number, serving: Kind): Promise<Costs> {
  const served = await serveAccount({
    ...{ account: 'bulk', events: count * PAGE, profiles: 100_000, limits: false, ...serving },
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
    const authority = file('authority.pem', AUTHORITY);
    const env = { NODE_EXTRA_CA_CERTS: authority };
    const list = await addresses(served.account);
    const headers = [
      `header = "Authorization: Klaviyo-API-Key ${apiKey}"`,
      'header = "revision: 2026-07-15"',
      ...(serving.gzip ? ['compressed'] : []),
      `cacert = ${JSON.stringify(authority)}`,
      ...['globoff', 'silent', 'fail', 'parallel', `parallel-max = ${PARALLEL}`],
      ...list.map((address) => `url = ${JSON.stringify(address)}`),
    ];
    const ways: Readonly<Record<(typeof WAYS)[number], Way>> = {
      curl: { command: ['curl', '-K', file('curl.conf', headers.join('\n'))] },
      fetch: {
        command: [process.execPath, FETCH],
        env: {
          ...env,
          ADDRESSES: file('addresses', list.join('\n')),
          KEY: apiKey,
          PARALLEL: String(PARALLEL),
        },
      },
      read: { command: [process.execPath, MAIN, 'read', '--config', config, '--catalog', catalog], env },
    };
    const all = { curl: [] as Cost[], fetch: [] as Cost[], read: [] as Cost[] };
    for (let round = 0; round < rounds; round += 1)
      for (const way of WAYS) all[way].push(await timed(ways[way]));
    const cost = (of: readonly Cost[]): Cost => ({
      seconds: median(of.map(({ seconds }) => seconds)),
      cpu: median(of.map(({ cpu }) => cpu)),
    });
    return { curl: cost(all.curl), fetch: cost(all.fetch), read: cost(all.read) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    served.close();
  }
}

async function measure(kind: Kind): Promise<void> {
  const least = await costsOf(LEAST_PAGES, kind);
  const most = await costsOf(pages, kind);
  const records = (pages - LEAST_PAGES) * PAGE;
  const round = (value: number): number => Number(value.toFixed(3));
  const each = (of: (costs: Costs) => number): number => of(most) - of(least);
  const cpu = (way: keyof Costs): number => (each((costs) => costs[way].cpu) / records) * 1e6;
  const rate = (way: keyof Costs): number => records / each((costs) => costs[way].seconds);
  const by = (of: (way: keyof Costs) => number) => Object.fromEntries(WAYS.map((way) => [way, of(way)]));
  process.stdout.write(
    `${JSON.stringify({
      bench: 'throughput',
      ...kind,
      pages,
      rounds,
      recordsASecond: by((way) => Math.round(rate(way))),
      microsecondsOfCpuARecord: by((way) => round(cpu(way))),
      // What the first pages cost more than the others, the start of the process included.
      secondsOfCpuToStart: by((way) => round(least[way].cpu - (cpu(way) * LEAST_PAGES * PAGE) / 1e6)),
      rateToCurl: round(rate('read') / rate('curl')),
      cpuToCurl: round(cpu('read') / cpu('curl')),
      fetchRateToCurl: round(rate('fetch') / rate('curl')),
      fetchCpuToCurl: round(cpu('fetch') / cpu('curl')),
      // What one core makes of it.
      recordsASecondOfCpu: Math.round(1e6 / cpu('read')),
      ceiling: CEILING,
      cpuToCeiling: round((CEILING * cpu('read')) / 1e6),
    })}\n`,
  );
}

const KINDS: Readonly<Record<string, Kind>> = {
  items: { items: true, gzip: true, tls: false },
  tls: { items: true, gzip: true, tls: true },
  unzipped: { items: true, gzip: false, tls: false },
  small: { items: false, gzip: true, tls: false },
};
for (const only of values.only ?? Object.keys(KINDS)) {
  const kind = KINDS[only];
  if (kind === undefined) throw new Error(`--only must be one of ${Object.keys(KINDS).join(', ')}`);
  await measure(kind);
}
