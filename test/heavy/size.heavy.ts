/**
 * What a user of a large account would lose if these failed: the run, or the machine it runs on. The sizes are those
 * of the fault matrix; EVENTS=200000 in the environment, say, makes one smaller. Each read is killed on its way and
 * goes on from its last state.
 */
import { expect } from 'chai';
import { serveAccount } from '../../bench/account.js';
import { connectTo } from '../../bench/connector.js';
import type { Account } from '../../bench/sandbox.js';
import {
  tally,
  type Wanted,
  wantedEvents,
  wantedIds,
  wantedMembers,
  wantedProfiles,
} from '../../bench/tally.js';
import type { SandboxOptions } from '../../src/sandbox/index.js';

const MOST_MEGABYTES = 256;
const MOST_STATE = 32 * 1024;
/** A checkpoint, and the pages under way. */
const MOST_REPEATS = 10_000;
const HOUR = 3_600_000;

const size = (name: string, usual: number): number => Number(process.env[name] ?? usual);

interface Figures {
  readonly rows: number;
  readonly repeats: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** Reads the account whole, with one kill, and tells what it took. */
async function readAll(
  title: string,
  options: SandboxOptions,
  wanted: (account: Account) => readonly Wanted[],
): Promise<Figures> {
  const nobody = { events: 0, profiles: 1, members: 0, lists: 0, segments: 0, flows: 0, campaigns: 0 };
  const served = await serveAccount({ account: 'bulk', limits: false, gzip: false, ...nobody, ...options });
  const streams = wanted(served.account);
  const connector = await connectTo(
    served.account,
    streams.map(({ stream }) => stream),
  );
  try {
    const counts = tally(streams);
    const total = streams.reduce((sum, { count }) => sum + count, 0);
    const first = await connector.run(counts, { enough: () => counts.rows >= total * 0.4, timeoutMs: HOUR });
    expect(first.killed, first.stderr).to.equal(true);
    const second = await connector.run(counts, { timeoutMs: HOUR, state: counts.state });
    expect(second.code, second.stderr).to.equal(0);
    const asked = Object.entries(await served.asked()).map(([name, one]) => [name, one.served] as const);
    const figures = { rows: counts.rows, repeats: counts.repeats, requests: Object.fromEntries(asked) };
    const [peak, seconds] = [Math.max(first.peak, second.peak), first.seconds + second.seconds];
    process.stdout.write(
      `${JSON.stringify({ title, total, ...figures, peak: Math.round(peak), longestState: counts.longestState, seconds: Math.round(seconds) })}\n`,
    );
    expect(counts.missing(), 'rows that did not come').to.equal(0);
    expect(counts.unknown, 'rows of nobody').to.equal(0);
    expect(counts.longestState).to.be.within(1, MOST_STATE);
    expect(peak, 'megabytes').to.be.at.most(MOST_MEGABYTES);
    return figures;
  } finally {
    connector.close();
    served.close();
  }
}

describe('large accounts', () => {
  it('G1 X7 ten million events', async () => {
    const events = size('EVENTS', 10_000_000);
    const { repeats, requests } = await readAll('G1', { events }, () => [wantedEvents(events)]);
    expect(repeats).to.be.at.most(MOST_REPEATS);
    expect(requests.get_events).to.be.within(events / 1_000, (events / 1_000) * 1.1 + 100);
  });

  it('G2 five million profiles', async () => {
    const profiles = size('PROFILES', 5_000_000);
    const { repeats, requests } = await readAll('G2', { profiles }, () => [wantedProfiles(profiles)]);
    expect(repeats).to.be.at.most(MOST_REPEATS);
    expect(requests.get_profiles).to.be.within(profiles / 100, (profiles / 100) * 1.1 + 150);
  });

  it('G3 a hundred thousand lists', async () => {
    const lists = size('LISTS', 100_000);
    const { repeats, requests } = await readAll(
      'G3',
      { lists, profiles: 2 * lists, members: 2 * lists },
      (account) => [wantedMembers(account.lists)],
    );
    expect(repeats).to.be.at.most(MOST_REPEATS);
    expect(requests.get_lists).to.be.at.most((2 * lists) / 10 + 100);
  });

  it('G4 one list with five million members', async () => {
    const members = size('MEMBERS', 5_000_000);
    const { repeats } = await readAll('G4', { lists: 1, profiles: members, members }, (account) => [
      wantedMembers(account.lists),
    ]);
    expect(repeats).to.be.at.most(MOST_REPEATS);
  });

  it('G4 a million events in one second, which is read again after a kill', async () => {
    const events = size('CROWD', 1_000_000);
    const { repeats } = await readAll('G4 crowd', { events, crowded: true }, () => [wantedEvents(events)]);
    expect(repeats).to.be.at.most(events * 0.5);
  });

  it('G5 ten thousand campaigns', async () => {
    const campaigns = size('CAMPAIGNS', 10_000);
    const { requests } = await readAll('G5', { campaigns, lists: 2 }, (account) => [
      wantedIds('campaign_recipient_estimation_v2', 'campaign_id', account.estimations),
    ]);
    // Estimates have no cursor: a kill reads them again.
    expect(requests.get_campaign_recipient_estimation).to.be.at.most(2 * campaigns);
    expect(requests.get_campaigns).to.be.at.most(2 * (campaigns / 100 + 6));
  });

  it('G6 two thousand flow actions with messages', async () => {
    const flows = size('FLOWS', 500);
    const { requests } = await readAll('G6', { flows, lists: 2 }, (account) => [
      wantedIds('flow_messages_v2', 'id', account.flowMessages),
    ]);
    expect(requests.get_flow_action_messages).to.be.greaterThan(4 * flows);
  });
});
