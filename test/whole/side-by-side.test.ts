/** What a user would lose if these failed: rows, because two things happened at once. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { HttpGet } from '../../src/klaviyo/http.js';
import type { Resource, StreamName } from '../../src/resource.js';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import type { OpenSandbox } from '../../src/sandbox/index.js';
import { random } from '../../src/sandbox/random.js';
import { compare, normalise } from '../../src/time.js';
import type { FakeClock } from '../klaviyo/clock.js';
import { KEYS, truthOf } from '../promises/truth.js';
import { answers, isRow, isState, lastState, limitedShare, openAccount, records, runWhole } from './run.js';
import { bookmarksOf, delivered, expectAll, left, SMALL } from './told.js';

/** Answers arrive in any order. */
const shuffled = (sandbox: OpenSandbox, clock: FakeClock, seed: number): HttpGet => {
  const chance = random(seed, 'latency');
  return (...request) => answers(sandbox, clock, chance.int(1, 2_000))(...request);
};

/** What one endpoint answers in place of what it should. */
const failing = (right: HttpGet, fails: (url: URL) => boolean, status: number, body: string): HttpGet => {
  const facts = new Headers();
  return (url, headers, signal, hooks) => {
    if (!fails(url)) return right(url, headers, signal, hooks);
    hooks?.answered?.(facts);
    return Promise.resolve({ status, headers: facts, body: Buffer.from(body), received: body.length });
  };
};

const refusal = (code: string, detail: string): string => JSON.stringify({ errors: [{ code, detail }] });

describe('runs and slices side by side', () => {
  it('O1 two runs from one state, at once: each is whole, and so is what either leaves', async () => {
    const { sandbox, clock } = openAccount({ ...SMALL, longest: 10 });
    const half = await runWhole({ sandbox, clock, rows: 400, get: answers(sandbox, clock, 20_000) });
    const state = lastState(half);
    const open = Object.values(bookmarksOf(state)).filter(({ gaps }) => gaps.length > 0);
    expect(open, 'streams in their middle').to.not.be.empty;
    const runs = await Promise.all([
      runWhole({ sandbox, clock, state }),
      runWhole({ sandbox, clock, state, get: shuffled(sandbox, clock, 3) }),
    ]);
    for (const run of runs) {
      expect(run.code, run.stderr).to.equal(0);
      expectAll(sandbox, half, run);
      expect(await left(sandbox, clock, lastState(run))).to.equal(0);
    }
    expect(delivered(...runs).repeats, 'rows of both').to.be.greaterThan(0);
  });

  it('O2 two runs with half of the limits each: both complete, with hardly a 429', async () => {
    const { sandbox, clock } = openAccount({ profiles: 600, events: 0, lists: 2, longest: 4 });
    const parts = {
      sandbox,
      clock,
      streams: ['profile_v2'] as const,
      config: { predictive_analytics: true, rate_limit_share: 0.5 },
    };
    const runs = await Promise.all([runWhole(parts), runWhole(parts)]);
    for (const run of runs) {
      expect(run.code, run.stderr).to.equal(0);
      expect(records(run, 'profile_v2')).to.have.length(600);
    }
    expect(sandbox.requests.length).to.be.within(300, 330);
    expect(limitedShare(sandbox)).to.be.at.most(0.05);
  });

  it('O3 I2 pages that arrive in any order: each state claims what lies before it on stdout, and nothing else', async () => {
    const { sandbox, clock } = openAccount({
      account: 'bulk',
      events: 3_000,
      profiles: 100,
      lists: 2,
      segments: 0,
      flows: 0,
      campaigns: 0,
      longest: 30,
      limits: false,
    });
    const whole = await runWhole({ sandbox, clock, streams: ['event_v2'] });
    const times = new Map(
      records<{ id: string; datetime: string }>(whole, 'event_v2').map(({ id, datetime }) => [
        id,
        normalise(datetime) ?? '',
      ]),
    );
    expect(times.size).to.equal(3_000);
    let splits = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const get = shuffled(sandbox, clock, seed);
        const run = await runWhole({ sandbox, clock, streams: ['event_v2'], get });
        expect(run.code, run.stderr).to.equal(0);
        const seen = new Set<string>();
        for (const { text } of run.lines) {
          if (isRow(text)) seen.add((JSON.parse(text) as { record: { id: string } }).record.id);
          if (!isState(text)) continue;
          const { until, gaps } = bookmarksOf(text).event_v2;
          splits = Math.max(splits, gaps.length);
          for (const [id, at] of times)
            if (
              compare(at, until) < 0 &&
              gaps.every(([from, to]) => compare(at, from) < 0 || compare(at, to) >= 0)
            )
              expect(seen.has(id), `${at}, claimed by ${text}`).to.equal(true);
        }
        expect(seen.size).to.equal(3_000);
      }),
      { numRuns: 3, seed: 1 },
    );
    expect(splits, 'gaps at once').to.be.greaterThan(1);
  });

  it('O4 one slice of many fails: the rows of the others are out, the state stays before the gap, the next run fills it', async () => {
    const { sandbox, clock } = openAccount({
      account: 'bulk',
      events: 2_000,
      profiles: 100,
      lists: 2,
      segments: 0,
      flows: 0,
      campaigns: 0,
      longest: 20,
      limits: false,
    });
    let failed = 0;
    const get = failing(
      answers(sandbox, clock),
      (url) => {
        // The tenth request for events, whichever slice it is of.
        failed += url.pathname === '/api/events' ? 1 : 0;
        return url.pathname === '/api/events' && failed === 10;
      },
      400,
      refusal('invalid', 'No such field.'),
    );
    const run = await runWhole({ sandbox, clock, streams: ['event_v2'], get });
    expect(run.code).to.equal(1);
    const { until, gaps } = bookmarksOf(lastState(run)).event_v2;
    expect(gaps).to.have.length(1);
    const [[from, to]] = gaps as unknown as [[string, string]];
    expect(compare(to, until) <= 0).to.equal(true);
    const rows = records<{ id: string; datetime: string }>(run, 'event_v2');
    expect(rows.length).to.be.within(200, 1_999);
    const after = await runWhole({ sandbox, clock, streams: ['event_v2'], state: lastState(run) });
    expect(after.code, after.stderr).to.equal(0);
    const ids = new Set([...rows, ...records<{ id: string }>(after, 'event_v2')].map(({ id }) => id));
    expect(ids.size).to.equal(2_000);
    for (const { datetime } of records<{ datetime: string }>(after, 'event_v2')) {
      const at = normalise(datetime) ?? '';
      expect(compare(at, from) >= 0 && compare(at, to) < 0, `${at} lies in the gap`).to.equal(true);
    }
  });

  const streamsBelow = (resource: Resource): StreamName[] =>
    reachable([resource]).flatMap((one) => Object.keys(one.streams) as StreamName[]);
  const failures = [
    [2, 403, refusal('permission_denied', 'The key lacks a scope.')],
    [1, 400, refusal('invalid', 'No such field.')],
    [3, 503, refusal('error', 'Server error.')],
  ] as const;

  it('O5 whichever endpoint fails, its streams alone are unfinished, and the code tells whose turn it is', async () => {
    const { sandbox, clock } = openAccount(SMALL);
    const clean = await runWhole({ sandbox, clock });
    expectAll(sandbox, clean);
    for (const [index, resource] of RESOURCES.entries()) {
      const [code, status, body] = failures[index % failures.length] ?? failures[0];
      const get = failing(
        answers(sandbox, clock),
        ({ pathname }) => pathname === resource.path,
        status,
        body,
      );
      const run = await runWhole({ sandbox, clock, get });
      expect(run.code, resource.name).to.equal(code);
      const lost = new Set(streamsBelow(resource));
      const { rows } = delivered(run);
      for (const [stream, wanted] of truthOf(sandbox.account)) {
        const bookmark = bookmarksOf(lastState(run))[stream];
        if (lost.has(stream)) expect(bookmark.gaps, `${stream} without ${resource.name}`).to.not.be.empty;
        else {
          expect(bookmark.gaps, `${stream} beside ${resource.name}`).to.deep.equal([]);
          expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal(
            [...wanted.keys()].sort(),
          );
        }
      }
    }
    expect(new Set(RESOURCES.flatMap(streamsBelow)).size).to.equal(Object.keys(KEYS).length);
  });
});
