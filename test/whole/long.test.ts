/** What a user of a long run would lose if this failed: the process, after days. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import type { HttpGet } from '../../src/klaviyo/http.js';
import { answers, openAccount, rowsOf, runWhole } from './run.js';

const PAGES = 800;
const most = (values: readonly number[]): number => Math.max(...values);

describe('a long run', () => {
  it('R8 keeps no timer, no listener and no state by the page: as many at its end as in its beginning', async () => {
    const { sandbox, clock } = openAccount({
      account: 'bulk',
      events: PAGES * 5,
      profiles: 1,
      lists: 0,
      segments: 0,
      flows: 0,
      campaigns: 0,
      longest: 5,
      limits: false,
    });
    const samples: { timers: number; listeners: number; own: number }[] = [];
    const stop = new AbortController();
    const right = answers(sandbox, clock, 20);
    const get: HttpGet = (url, headers, signal, hooks) => {
      samples.push({
        timers: clock.sleeping(),
        listeners: getEventListeners(signal, 'abort').length,
        own: getEventListeners(stop.signal, 'abort').length,
      });
      return right(url, headers, signal, hooks);
    };
    const run = await runWhole({ sandbox, clock, streams: ['event_v2'], get, signal: stop.signal });
    expect(run.code, run.stderr).to.equal(0);
    expect(rowsOf(run)).to.have.length(PAGES * 5);
    expect(samples.length).to.be.at.least(PAGES);
    const [early, late] = [samples.slice(0, 200), samples.slice(-200)];
    for (const of of ['timers', 'listeners', 'own'] as const)
      expect(most(late.map((one) => one[of])), of).to.be.at.most(most(early.map((one) => one[of])) + 5);
    expect(most(samples.map(({ timers }) => timers))).to.be.within(1, 200);
    expect(clock.sleeping(), 'when it has ended').to.equal(0);
  });
});
