/**
 * What a user of a large account would lose if these failed: the run. Accounts in the shape of large ones, with pages
 * so short that there are as many as a large one has; `npm run test:heavy` reads the sizes themselves.
 */
import { expect } from 'chai';
import type { StreamName } from '../../src/resource.js';
import type { AnswerOptions } from '../../src/sandbox/index.js';
import { truthOf } from '../promises/truth.js';
import {
  asked,
  lastState,
  limitedShare,
  openAccount,
  records,
  rowsOf,
  runWhole,
  statesOf,
  type Whole,
  type WholeParts,
} from './run.js';

const MINUTE = 60_000;
const MOST_STATE = 32 * 1_024;

const NOBODY = { events: 0, profiles: 1, members: 0, lists: 0, segments: 0, flows: 0, campaigns: 0 };
const bulk = (options: AnswerOptions) => openAccount({ account: 'bulk', ...NOBODY, ...options });

const keys = (run: Whole): ReadonlySet<string> =>
  new Set(rowsOf(run).map(({ text }) => keyOf(JSON.parse(text) as Message)));
interface Message {
  readonly stream: StreamName;
  readonly record: { readonly id?: string; readonly list_id?: string; readonly profile_id?: string };
}
const keyOf = ({ record }: Message): string =>
  record.id === undefined || record.list_id !== undefined
    ? `${record.list_id} ${record.profile_id}`
    : record.id;

function expectSmallStates(...runs: readonly Whole[]): void {
  for (const run of runs)
    for (const { text } of statesOf(run)) expect(text.length, text.slice(0, 200)).to.be.at.most(MOST_STATE);
}

/** Between two states that were written while rows flowed. */
const longestWithout = (run: Whole): number =>
  Math.max(...statesOf(run).map(({ at }, index, all) => at - (all[index - 1]?.at ?? run.lines[0]?.at ?? 0)));

/** A read that is ended after so many rows, and the one that goes on from its last state. */
async function killed(parts: WholeParts, rows: number) {
  const first = await runWhole({ ...parts, rows });
  expect(first.code, 'the reader has gone').to.equal(141);
  const before = parts.sandbox.requests.length;
  const second = await runWhole({ ...parts, state: lastState(first) });
  expect(second.code, second.stderr).to.equal(0);
  const requests = parts.sandbox.requests.length - before;
  const [early, late] = [keys(first), keys(second)];
  const repeats = [...late].filter((key) => early.has(key)).length;
  expectSmallStates(first, second);
  return { first, repeats, requests, all: new Set([...early, ...late]) };
}

describe('large accounts, made small', () => {
  it('G1 events: no more pages than there are, as many a minute as the API allows, and a kill costs little', async () => {
    const EVENTS = 1_400;
    const { sandbox, clock } = bulk({ events: EVENTS, longest: 2 });
    // A tenth of the limits, for a tenth of the pages.
    const config = { rate_limit_share: 0.1 };
    const run = await runWhole({ sandbox, clock, streams: ['event_v2'], config });
    expect(run.code, run.stderr).to.equal(0);
    expect(keys(run).size).to.equal(EVENTS);
    expect(rowsOf(run), 'no row twice').to.have.length(EVENTS);
    expectSmallStates(run);
    expect(asked(sandbox).get('get_events')).to.be.within(EVENTS / 2, (EVENTS / 2) * 1.03);
    expect(limitedShare(sandbox)).to.equal(0);
    // The first minute's allowance may be used at once, every other takes its minute.
    expect(run.took).to.be.within(MINUTE, 2.1 * MINUTE);
    expect(longestWithout(run)).to.be.at.most(1.1 * MINUTE);
    const more = bulk({ events: 12_000, longest: 100 });
    const { all, repeats } = await killed({ ...more, streams: ['event_v2'] }, 9_000);
    expect(all.size).to.equal(12_000);
    expect(repeats, 'less than a checkpoint and what was under way').to.be.at.most(5_500);
  });

  it('G2 profiles with predictions: hours at 150 requests a minute, and a state in each of them', async () => {
    const PROFILES = 900;
    const { sandbox, clock } = bulk({ profiles: PROFILES, longest: 2 });
    const parts = {
      sandbox,
      clock,
      streams: ['profile_v2'] as const,
      config: { predictive_analytics: true },
    };
    const run = await runWhole(parts);
    expect(run.code, run.stderr).to.equal(0);
    expect(keys(run).size).to.equal(PROFILES);
    expectSmallStates(run);
    expect(asked(sandbox).get('get_profiles')).to.be.within(PROFILES / 2, (PROFILES / 2) * 1.05);
    expect(limitedShare(sandbox)).to.be.at.most(0.01);
    expect(run.took).to.be.within(2 * MINUTE, 3.5 * MINUTE);
    expect(longestWithout(run)).to.be.at.most(1.1 * MINUTE);
    const { all, requests } = await killed(parts, 600);
    expect(all.size).to.equal(PROFILES);
    expect(requests, 'what was done is not asked for again').to.be.at.most(PROFILES / 2 / 2);
  });

  it('G3 S12 thousands of lists: the walk resumes inside, its state stays small, and a list made meanwhile is seen', async () => {
    const LISTS = 1_500;
    const { sandbox, clock } = openAccount({ profiles: 40, events: 0, lists: LISTS, segments: 0, flows: 0 });
    const [someone] = sandbox.account.profiles;
    const one = [{ profileId: someone?.id ?? '', joinedGroupAt: '2026-01-02T03:04:05+00:00' }];
    for (const { id } of sandbox.account.lists) sandbox.account.memberships.set(id, one);
    const [newest] = sandbox.account.lists.splice(-1);
    sandbox.changed();
    const parts = { sandbox, clock, streams: ['profile_list_v2'] as const };
    const wanted = () => truthOf(sandbox.account).get('profile_list_v2')?.size ?? 0;
    const first = await runWhole({ ...parts, rows: Math.floor(LISTS * 0.85) });
    expect(first.code).to.equal(141);
    expect(lastState(first), 'a state in the middle').to.be.a('string');
    if (newest === undefined) throw new Error('no list');
    const made = new Date(clock.wall()).toISOString();
    sandbox.account.lists.push({
      ...newest,
      attributes: { ...newest.attributes, created: made, updated: made },
    });
    // An import: older than its list.
    sandbox.account.memberships.set(newest.id, one);
    sandbox.changed();
    clock.to(clock.now() + MINUTE);
    const before = sandbox.requests.length;
    const second = await runWhole({ ...parts, state: lastState(first) });
    expect(second.code, second.stderr).to.equal(0);
    expect(new Set([...keys(first), ...keys(second)]).size).to.equal(wanted());
    expect([...keys(second)].some((key) => key.startsWith(newest.id))).to.equal(true);
    expectSmallStates(first, second);
    const members = asked(sandbox, before).get('get_profiles_for_list') ?? 0;
    // Each list for who joined since, and the rest of the walk: what is done is not walked again.
    expect(members - LISTS).to.be.within(1, LISTS * 0.7);
    expect(limitedShare(sandbox)).to.be.at.most(0.01);
  });

  it('G4 one list holds everybody: its members are read side by side, and a kill resumes inside it', async () => {
    const MEMBERS = 12_000;
    const { sandbox, clock } = bulk({ profiles: MEMBERS, lists: 1, members: MEMBERS, longest: 20 });
    const parts = { sandbox, clock, streams: ['profile_list_v2'] as const };
    const { all, repeats, requests } = await killed(parts, 9_000);
    expect(all.size).to.equal(MEMBERS);
    expect(repeats).to.be.at.most(5_500);
    expect(requests).to.be.at.most((MEMBERS / 20) * 0.8);
  });

  it('G4 P11 all events in one second: every page comes, nothing is cut in vain, and a kill repeats that second only', async () => {
    const EVENTS = 6_000;
    const { sandbox, clock } = bulk({ events: EVENTS, longest: 40, crowded: true });
    const parts = { sandbox, clock, streams: ['event_v2'] as const };
    const run = await runWhole(parts);
    expect(run.code, run.stderr).to.equal(0);
    expect(keys(run).size).to.equal(EVENTS);
    expect(rowsOf(run)).to.have.length(EVENTS);
    expect(asked(sandbox).get('get_events')).to.be.within(EVENTS / 40, EVENTS / 40 + 60);
    const { all, first } = await killed(parts, 5_500);
    expect(all.size).to.equal(EVENTS);
    const [{ datetime }] = records<{ datetime: string }>(run, 'event_v2') as [{ datetime: string }];
    const { value } = JSON.parse(lastState(first) ?? '') as {
      value: { bookmarks: { event_v2: { gaps: [string, string][] } } };
    };
    const [[from]] = value.bookmarks.event_v2.gaps as [[string, string]];
    expect(Date.parse(from), 'the state moves up to the second, not past it').to.equal(Date.parse(datetime));
  });

  it('G5 many campaigns: one listing for six streams, one estimate each, templates ten at a time, at their own pace', async () => {
    const { sandbox, clock } = openAccount({ profiles: 20, events: 0, lists: 2, flows: 0, campaigns: 500 });
    const streams = [
      'campaign_v2',
      'campaign_utm_param_v2',
      'audience_included_v2',
      'audience_excluded_v2',
      'campaign_messages_v2',
      'campaign_message_send_time_v2',
      'campaign_message_template_v2',
      'campaign_recipient_estimation_v2',
    ] as const;
    const run = await runWhole({ sandbox, clock, streams });
    expect(run.code, run.stderr).to.equal(0);
    const truth = truthOf(sandbox.account);
    for (const stream of streams)
      expect(records(run, stream), stream).to.have.length(truth.get(stream)?.size ?? 0);
    const counts = asked(sandbox);
    const { campaigns, templates } = sandbox.account;
    expect(counts.get('get_campaigns')).to.be.at.most(campaigns.length / 100 + 6);
    expect(counts.get('get_campaign_recipient_estimation')).to.equal(campaigns.length);
    expect(counts.get('get_templates')).to.be.within(1, templates.length / 10 + campaigns.length / 100 + 6);
    expect(counts.has('get_messages_for_campaign')).to.equal(false);
    expect(run.took / MINUTE).to.be.within(campaigns.length / 150 - 1, campaigns.length / 150 + 1);
    expect(limitedShare(sandbox)).to.be.at.most(0.01);
    expectSmallStates(run);
  });

  it('G6 flow actions at 60 a minute hold no other stream up', async () => {
    const { sandbox, clock } = openAccount({ profiles: 400, events: 2_000, campaigns: 20, flows: 40 });
    const run = await runWhole({ sandbox, clock });
    expect(run.code, run.stderr).to.equal(0);
    const messages = asked(sandbox).get('get_flow_action_messages') ?? 0;
    expect(messages).to.be.greaterThan(150);
    expect(run.took / MINUTE).to.be.within(messages / 60 - 1, messages / 60 + 1);
    const done = run.lines.findIndex(({ text }) => {
      if (!text.startsWith('{"type":"STATE"')) return false;
      const { value } = JSON.parse(text) as { value: { bookmarks: Record<string, { gaps: unknown[] }> } };
      const entries = Object.entries(value.bookmarks);
      return (
        entries.length === 18 &&
        entries.every(([name, { gaps }]) => name.startsWith('flow') || gaps.length === 0)
      );
    });
    expect(run.lines[done]?.at, 'all other streams are complete').to.be.at.most(1.5 * MINUTE);
    expect(limitedShare(sandbox)).to.be.at.most(0.01);
    // And those that wait say something now and then.
    expect(longestWithout(run)).to.be.at.most(5 * MINUTE);
  });
});
