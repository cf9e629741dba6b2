/** How much of the documented limits a read uses: the real executable, a real clock, an account 300 ms away. */
import { parseArgs } from 'node:util';
import type { SandboxOptions } from '../src/sandbox/index.js';
import { type Served, serveAccount } from './account.js';
import { connectTo, type Ended } from './connector.js';
import type { Account, Asked } from './sandbox.js';
import { tally, type Wanted, wantedEvents, wantedIds, wantedMembers, wantedProfiles } from './tally.js';

/** One endpoint that is measured: what it must be asked at least, and how often a minute it may be. */
interface Measured {
  readonly endpoint: string;
  readonly steady: number;
  readonly necessary: number;
  readonly wanted: Wanted;
}

interface Part {
  readonly pages: number;
  readonly options: (pages: number) => SandboxOptions;
  readonly measured: (account: Account, pages: number) => readonly Measured[];
}

const LISTS = 200;
const none = {
  account: 'bulk',
  events: 0,
  profiles: 0,
  lists: 0,
  segments: 0,
  flows: 0,
  campaigns: 0,
} as const;

const PARTS: Readonly<Record<string, Part>> = {
  events: {
    pages: 5_000,
    options: (pages) => ({ ...none, events: pages * 1_000, profiles: 100_000 }),
    measured: (_, pages) => [
      { endpoint: 'get_events', steady: 3_500, necessary: pages, wanted: wantedEvents(pages * 1_000) },
    ],
  },
  profiles: {
    pages: 1_500,
    options: (pages) => ({ ...none, profiles: pages * 100 }),
    measured: (_, pages) => [
      { endpoint: 'get_profiles', steady: 750, necessary: pages, wanted: wantedProfiles(pages * 100) },
    ],
  },
  members: {
    pages: 1_500,
    // Half a page is lost in each list.
    options: (pages) => ({
      ...none,
      profiles: pages * 100,
      members: (pages - LISTS / 2) * 100,
      lists: LISTS,
    }),
    measured: ({ lists }) => [
      {
        endpoint: 'get_profiles_for_list',
        steady: 750,
        necessary: lists.reduce((sum, { count }) => sum + Math.max(1, Math.ceil(count / 100)), 0),
        wanted: wantedMembers(lists),
      },
    ],
  },
  children: {
    pages: 150,
    // A flow of the shop has between four and five actions that send something.
    options: (pages) => ({ ...none, lists: 12, flows: Math.ceil(pages / 4.6), campaigns: pages }),
    measured: ({ flowMessages, actions, estimations }, pages) => [
      {
        endpoint: 'get_flow_action_messages',
        steady: 60,
        necessary: actions,
        wanted: wantedIds('flow_messages_v2', 'id', flowMessages),
      },
      {
        endpoint: 'get_campaign_recipient_estimation',
        steady: 150,
        necessary: pages,
        wanted: wantedIds('campaign_recipient_estimation_v2', 'campaign_id', estimations),
      },
    ],
  },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    pages: { type: 'string' },
    rival: { type: 'string', multiple: true, default: ['0', '0.5'] },
    'latency-ms': { type: 'string', default: '300' },
    timeout: { type: 'string', default: '1800' },
    gzip: { type: 'string', default: 'on' },
  },
});

for (const [name, part] of Object.entries(PARTS))
  if (values.only === undefined || values.only.includes(name))
    for (const rival of values.rival) await measure(name, part, Number(rival));

async function measure(name: string, part: Part, rival: number): Promise<void> {
  const pages = values.pages === undefined ? part.pages : Number(values.pages);
  const served = await serveAccount({
    ...part.options(pages),
    latencyMs: Number(values['latency-ms']),
    gzip: values.gzip !== 'off',
    rival,
  });
  try {
    const measured = part.measured(served.account, pages);
    await read(name, rival, served, measured);
  } finally {
    served.close();
  }
}

async function read(
  name: string,
  rival: number,
  served: Served,
  measured: readonly Measured[],
): Promise<void> {
  const counts = tally(measured.map(({ wanted }) => wanted));
  const connector = await connectTo(
    served.account,
    measured.map(({ wanted }) => wanted.stream),
  );
  try {
    const ended = await connector.run(counts, { timeoutMs: Number(values.timeout) * 1000 });
    if (ended.code !== 0 && !ended.timedOut) process.stderr.write(ended.stderr);
    const asked = await served.asked();
    for (const one of measured) {
      const { stream } = one.wanted;
      print({
        bench: `limits ${name}`,
        endpoint: one.endpoint,
        rival,
        ...figures(one, asked[one.endpoint]),
        rows: counts.rowsOf(stream),
        missing: counts.missingOf(stream),
        repeats: counts.repeats,
        ...outcome(ended),
      });
    }
  } finally {
    connector.close();
  }
}

function figures({ steady, necessary }: Measured, asked: Asked | undefined) {
  const { served, other, limited, first, last } = asked ?? {
    served: 0,
    other: 0,
    limited: 0,
    first: 0,
    last: 0,
  };
  const requests = served + other;
  const minutes = (last - first) / 60_000;
  return {
    share: round(minutes === 0 ? 0 : Math.min(necessary, requests) / steady / minutes),
    requests,
    necessary,
    extra: round(Math.max(0, requests / necessary - 1) * 100),
    limited,
    seconds: round(minutes * 60),
  };
}

function outcome({ timedOut, code }: Ended) {
  if (timedOut) return { timedOut };
  return code === 0 ? {} : { exitCode: code };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
