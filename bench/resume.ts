/** What a kill costs: the executable is killed again and again, and goes on from the last whole state line. */
import { parseArgs } from 'node:util';
import { random } from '../src/sandbox/random.js';
import { serveAccount } from './account.js';
import { connectTo } from './connector.js';
import { type Tally, tally, wantedEvents, wantedMembers, wantedProfiles } from './tally.js';

const EVENTS = 100_000;
const PROFILES = 5_000;
const LISTS = 20;
const MEMBERS = 5_000;
/** A read is killed about this many times before it ends. */
const KILLS_A_READ = 8;
const TIMEOUT_MS = 600_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    'latency-ms': { type: 'string', default: '20' },
  },
});
const wantedKills = Number(values.kills);
const chance = random(Number(values.seed), 'kills');

const served = await serveAccount({
  account: 'bulk',
  events: EVENTS,
  profiles: PROFILES,
  members: MEMBERS,
  lists: LISTS,
  segments: 0,
  flows: 0,
  campaigns: 0,
  limits: false,
  latencyMs: Number(values['latency-ms']),
});
const { lists } = served.account;
const wanted = [wantedEvents(EVENTS), wantedProfiles(PROFILES), wantedMembers(lists)];
const connector = await connectTo(
  served.account,
  wanted.map(({ stream }) => stream),
);
const total = wanted.reduce((sum, { count }) => sum + count, 0);
const repeated: number[] = [];
let kills = 0;
let lost = 0;
let reads = 0;

/** One read from nothing to its end, killed on the way; false: it could not be ended. */
async function read(counts: Tally): Promise<boolean> {
  let killed = false;
  for (;;) {
    const [rows, repeats] = [counts.rows, counts.repeats];
    const after = kills < wantedKills ? chance.int(0, Math.ceil((2 * total) / KILLS_A_READ)) : total * 2;
    const ended = await connector.run(counts, {
      enough: () => counts.rows - rows >= after,
      timeoutMs: TIMEOUT_MS,
      state: counts.state,
    });
    if (killed) repeated.push(counts.repeats - repeats);
    killed = ended.killed && ended.code === null;
    if (killed) kills += 1;
    else if (ended.code === 0) return true;
    else {
      process.stderr.write(ended.stderr);
      return false;
    }
  }
}

try {
  while (kills < wantedKills) {
    const counts = tally(wanted);
    const whole = await read(counts);
    reads += 1;
    lost += counts.missing() + counts.unknown;
    if (!whole) {
      process.exitCode = 1;
      break;
    }
  }
  const asked = await served.asked();
  const pages = ['get_events', 'get_profiles', 'get_profiles_for_list'].reduce(
    (sum, endpoint) => sum + (asked[endpoint]?.served ?? 0),
    0,
  );
  const ordered = [...repeated].sort((a, b) => a - b);
  const necessary =
    EVENTS / 1_000 +
    PROFILES / 100 +
    lists.reduce((sum, { count }) => sum + Math.max(1, Math.ceil(count / 100)), 0);
  const line = {
    bench: 'resume',
    kills,
    lost,
    repeatedRowsPerKill: { median: ordered[ordered.length >> 1] ?? 0, max: ordered.at(-1) ?? 0 },
    pages: { necessary: necessary * reads, asked: pages },
    reads,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  connector.close();
  served.close();
}
