/** What a user would lose if these failed: time, and the patience of the account's other tools. */
import { expect } from 'chai';
import { asked, limitedShare, most, openAccount, rowsOf, runWhole, statesOf } from './run.js';

const SECOND = 1_000;
const MINUTE = 60_000;

describe('the pace of whole runs', () => {
  it('L4 a minute that another tool spends is waited for, and the run completes', async () => {
    const { sandbox, clock } = openAccount({
      profiles: 300,
      events: 0,
      lists: 0,
      segments: 0,
      flows: 0,
      campaigns: 0,
      longest: 1,
      rival: 0.5,
    });
    const run = await runWhole({
      sandbox,
      clock,
      streams: ['profile_v2'],
      config: { predictive_analytics: true },
    });
    expect(run.code, run.stderr).to.equal(0);
    expect(rowsOf(run)).to.have.length(300);
    // 300 pages, 150 a minute for both: what the rival leaves would be over in a minute and a half otherwise.
    expect(run.took).to.be.within(1.5 * MINUTE, 5 * MINUTE);
    expect(limitedShare(sandbox)).to.be.at.most(0.03);
  });

  it('L8 children of campaigns and of flows keep to their own small limits, with hardly a 429', async () => {
    const { sandbox, clock } = openAccount({ profiles: 40, events: 100, campaigns: 400, flows: 30 });
    const run = await runWhole({
      sandbox,
      clock,
      streams: ['campaign_recipient_estimation_v2', 'flow_messages_v2', 'campaign_message_template_v2'],
    });
    expect(run.code, run.stderr).to.equal(0);
    const counts = asked(sandbox);
    const { length: campaigns } = sandbox.account.campaigns;
    expect(counts.get('get_campaign_recipient_estimation')).to.equal(campaigns);
    expect(counts.get('get_flow_action_messages')).to.be.greaterThan(100);
    for (const [endpoint, burst, steady] of [
      ['get_campaign_recipient_estimation', 10, 150],
      ['get_flow_action_messages', 3, 60],
    ] as const) {
      expect(most(sandbox, endpoint, SECOND), endpoint).to.be.at.most(burst);
      expect(most(sandbox, endpoint, MINUTE), endpoint).to.be.at.most(steady);
    }
    expect(limitedShare(sandbox)).to.be.at.most(0.01);
    // And no slower than they have to be.
    const messages = counts.get('get_flow_action_messages') ?? 0;
    expect(run.took / MINUTE).to.be.at.most(messages / 60 + 1);
  });

  it('L5 X12 429 for ever: the state is said again every five minutes, and after half an hour it ends with 3', async () => {
    const { sandbox, clock } = openAccount({ profiles: 40, events: 100 });
    const facts = new Headers({ date: new Date(clock.wall()).toUTCString() });
    const run = await runWhole({
      sandbox,
      clock,
      streams: ['profile_v2'],
      get: async (_url, _headers, signal, hooks) => {
        await clock.sleep(100, signal);
        hooks?.answered?.(facts);
        const body = Buffer.from(
          '{"errors":[{"status":429,"code":"throttled","detail":"Request was throttled."}]}',
        );
        return { status: 429, headers: facts, body, received: body.length };
      },
    });
    expect(run.code, run.stderr).to.equal(3);
    expect(run.took).to.be.within(30 * MINUTE, 35 * MINUTE);
    const silences = statesOf(run).map(({ at }, index, all) => at - (all[index - 1]?.at ?? 0));
    // Before the first one whose account it is was asked, a few seconds.
    expect(Math.max(...silences)).to.be.at.most(5 * MINUTE + 20 * SECOND);
    expect(silences.length).to.be.at.least(6);
  });
});
