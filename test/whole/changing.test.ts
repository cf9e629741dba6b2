/** What a user would lose if these failed: rows, because the account or the schedule did not stand still. */
import { expect } from 'chai';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { truthOf } from '../promises/truth.js';
import { answers, isState, lastState, openAccount, runWhole, statesOf, type Whole } from './run.js';
import { bookmarksOf, delivered, expectAll, left, SMALL } from './told.js';

describe('while a run is under way', () => {
  it('R5 a run that begins before the last one has ended, from what that has written so far', async () => {
    const { sandbox, clock } = openAccount({ ...SMALL, longest: 10 });
    let second: Promise<Whole> | undefined;
    let first: Whole | undefined;
    const slow = answers(sandbox, clock, 31_000);
    let requests = 0;
    const get: HttpGet = (...request) => {
      requests += 1;
      return slow(...request);
    };
    const lines: string[] = [];
    const running = runWhole({
      sandbox,
      clock,
      get,
      wrote: (text) => {
        if (isState(text)) lines.push(text);
        // By now it has written states in its middle.
        if (lines.length === 8) second ??= runWhole({ sandbox, clock, state: lines.at(-1) });
      },
    });
    first = await running;
    const overlapping = await second;
    expect(first.code, first.stderr).to.equal(0);
    expect(requests).to.be.greaterThan(20);
    if (overlapping === undefined) throw new Error('the second run did not begin');
    expect(overlapping.code, overlapping.stderr).to.equal(0);
    expect(bookmarksOf(lines[7]).event_v2.gaps, 'in the middle').to.not.be.empty;
    expectAll(sandbox, first);
    const before = {
      ...first,
      lines: first.lines.slice(
        0,
        first.lines.findIndex(({ text }) => text === lines[7]),
      ),
    };
    expectAll(sandbox, before, overlapping);
    for (const run of [first, overlapping]) expect(await left(sandbox, clock, lastState(run))).to.equal(0);
    expect(statesOf(overlapping)).to.not.be.empty;
  });

  it('R7 profiles that are merged or deleted while they are read: nothing fails, no other row is lost, no key twice', async () => {
    const { sandbox, clock } = openAccount({ ...SMALL, longest: 10 });
    const { profiles, memberships } = sandbox.account;
    const right = answers(sandbox, clock);
    const gone = new Set<string>();
    let requests = 0;
    const get: HttpGet = (...request) => {
      requests += 1;
      // One that was read, and one that was not.
      if (requests % 8 !== 0) return right(...request);
      for (const place of [5, profiles.length - 5]) {
        const [profile] = profiles.splice(place, 1);
        gone.add(profile?.id ?? '');
        for (const [group, members] of memberships)
          memberships.set(
            group,
            members.filter(({ profileId }) => profileId !== profile?.id),
          );
      }
      sandbox.changed();
      return right(...request);
    };
    const run = await runWhole({ sandbox, clock, get });
    expect(run.code, run.stderr).to.equal(0);
    expect(gone.size).to.be.greaterThan(10);
    const { rows, repeats } = delivered(run);
    expect(repeats).to.equal(0);
    for (const stream of ['profile_v2', 'profile_list_v2', 'profile_segment_v2', 'event_v2'] as const)
      for (const key of truthOf(sandbox.account).get(stream)?.keys() ?? [])
        expect(rows.get(stream)?.has(key), `${stream} ${key}`).to.equal(true);
    const came = [...gone].filter((id) => rows.get('profile_v2')?.has(JSON.stringify([id])));
    expect(came.length, 'that were read before they went').to.be.within(1, gone.size - 1);
  });
});
