/** What a reader would lose if this failed: drawings and figures that say what was. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createLimiter } from '../../src/klaviyo/limiter.js';
import { calendarMarks, elapsedMarks } from '../../src/report/axis.js';
import { outline } from '../../src/report/shape.js';
import { fullestMinute, mostInStep, paceOfStep, shareOfLimit } from '../../src/report/share.js';
import { bytes, count, lasting, listed, percent } from '../../src/report/words.js';
import type { EndpointSummary } from '../../src/run-summary.js';
import { fromMillis } from '../../src/time.js';
import { ask } from '../klaviyo/asked.js';
import { fakeClock } from '../klaviyo/clock.js';

/** The level at each step, read off path data; the height where nothing is drawn. */
function levels(path: string, steps: number, height: number): number[] {
  const found = Array<number>(steps).fill(height);
  let [x, y] = [0, height];
  for (const [, command, numbers = ''] of path.matchAll(/([MVhZ])([\d. ]*)/g)) {
    if (command === 'M') [x = 0, y = height] = numbers.split(' ').map(Number);
    if (command === 'V') y = Number(numbers);
    if (command !== 'h') continue;
    for (let n = 0; n < Number(numbers); n += 1) found[x + n] = y;
    x += Number(numbers);
  }
  return found;
}

describe('what is drawn of a timeline', () => {
  it('is the number of requests, step by step, and the least of them can be seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat(400)), { maxLength: 80 }),
        fc.integer({ min: 400, max: 900 }),
        (sent, top) => {
          const drawn = levels(outline(sent, top, 64), sent.length, 64);
          for (const [at, requests] of sent.entries()) {
            if (requests === 0) expect(drawn[at]).to.equal(64);
            else expect(drawn[at]).to.equal(Math.min(62, Math.round(64 - (64 * requests) / top)));
          }
        },
      ),
    );
  });

  it('is closed, run by run', () => {
    expect(outline([0, 2, 2, 0, 0, 1], 4, 10)).to.equal('M1 10V5h2V10ZM5 10V8h1V10Z');
    expect(outline([0, 0], 4, 10)).to.equal('');
    expect(outline([], 4, 10)).to.equal('');
  });
});

const endpoint = (
  limit: EndpointSummary['limit'],
  sentAt: readonly number[],
  stepMs: number,
): EndpointSummary => {
  const sent: number[] = [];
  for (const at of sentAt) {
    const step = Math.floor(at / stepMs);
    while (sent.length <= step) sent.push(0);
    sent[step] = (sent[step] ?? 0) + 1;
  }
  return {
    ...{ path: '/api/x', streams: [], limit, requests: sentAt.length, limited: 0, retries: 0 },
    ...{
      waitedMs: 0,
      backedOffMs: 0,
      answeredMs: 0,
      firstMs: Math.min(...sentAt),
      lastMs: Math.max(...sentAt),
    },
    timeline: { stepMs, sent, limited: sent.map(() => 0) },
  };
};

describe('the share of a limit', () => {
  it('never comes to more than all of it at a pace that the limit allows, and no step to more than its most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ burst: fc.integer({ min: 1, max: 12 }), steady: fc.integer({ min: 1, max: 40 }) }),
        fc.array(fc.oneof(fc.nat(2_000), fc.nat(150_000)), { minLength: 1, maxLength: 60 }),
        async (limit, times) => {
          const clock = fakeClock();
          const sent = await ask(clock, createLimiter(limit, 1, clock), times);
          for (const stepMs of [1_000, 8_000, 32_000]) {
            const one = endpoint(limit, sent, stepMs);
            expect(shareOfLimit(one)).to.be.within(0, 1.000001);
            expect(fullestMinute(one)).to.be.within(0, 1);
            expect(Math.max(...one.timeline.sent)).to.be.at.most(mostInStep(one));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is all of it where a minute was used up, and half of it where half was', () => {
    const limit = { burst: 10, steady: 60 };
    const steadily = Array.from({ length: 600 }, (_, n) => n * 1_000);
    expect(shareOfLimit(endpoint(limit, steadily, 1_000))).to.be.within(0.9, 1);
    expect(fullestMinute(endpoint(limit, steadily, 1_000))).to.equal(1);
    expect(fullestMinute(endpoint(limit, steadily.slice(0, 30), 1_000))).to.equal(0.5);
    expect(fullestMinute(endpoint(limit, steadily, 64_000))).to.equal(undefined);
    expect(mostInStep(endpoint(limit, [0], 1_000))).to.equal(10);
    expect(mostInStep(endpoint(limit, [0], 8_000))).to.equal(60);
    expect(mostInStep(endpoint(limit, [0], 120_000))).to.equal(120);
    expect(paceOfStep(endpoint(limit, [0], 1_000))).to.equal(1);
  });
});

describe('an axis', () => {
  const rises = (marks: readonly { readonly at: number; readonly label: string }[]): void => {
    expect(new Set(marks.map(({ label }) => label)).size).to.equal(marks.length);
    for (const [n, { at }] of marks.entries()) {
      expect(at).to.be.within(0, 1);
      if (n > 0) expect(at).to.be.above(marks[n - 1]?.at ?? 1);
    }
  };

  it('of a run has few marks at round times, whatever its length', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 5, max: 5_000 }), fc.integer({ min: 5, max: 3e9 })), (ms) => {
        const marks = elapsedMarks(ms);
        expect(marks.length).to.be.within(2, 7);
        expect(marks[0]).to.deep.equal({ at: 0, label: '0' });
        rises(marks);
      }),
    );
    const labels = (ms: number) => elapsedMarks(ms).map(({ label }) => label);
    expect(labels(27_900)).to.deep.equal(['0', '5 s', '10 s', '15 s', '20 s', '25 s']);
    expect(labels(400)).to.deep.equal(['0', '100 ms', '200 ms', '300 ms']);
    expect(labels(150_000)).to.deep.equal(['0', '30 s', '1 min', '1 min 30 s', '2 min']);
    expect(labels(38_400_000)).to.deep.equal(['0', '2 h', '4 h', '6 h', '8 h', '10 h']);
    expect(labels(400_000_000)).to.deep.equal(['0', '1 d', '2 d', '3 d', '4 d']);
  });

  it('of data has few marks at round dates, whatever its length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1.8e12 }),
        fc.oneof(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 2e12 })),
        (from, length) => {
          const marks = calendarMarks(fromMillis(from), fromMillis(from + length));
          expect(marks.length).to.be.at.most(5);
          rises(marks);
        },
      ),
    );
    const labels = (from: string, to: string) => calendarMarks(from, to).map(({ label }) => label);
    expect(labels('2024-02-03T10:11:12Z', '2026-11-25T00:48:00Z')).to.deep.equal(['2025', '2026']);
    expect(labels('2026-08-01T00:00:00Z', '2026-11-25T00:00:00Z')).to.deep.equal([
      'Sep 2026',
      'Oct 2026',
      'Nov 2026',
    ]);
    expect(labels('2026-11-20T00:00:00Z', '2026-11-25T00:00:00Z')).to.deep.equal(['21 Nov', '23 Nov']);
    expect(labels('2026-11-20T01:00:00Z', '2026-11-20T10:30:00Z')).to.deep.equal([
      '20 Nov 03:00',
      '20 Nov 06:00',
      '20 Nov 09:00',
    ]);
    expect(labels('2026-11-20T01:00:00Z', '2026-11-20T01:00:00Z')).to.deep.equal([]);
  });
});

describe('figures', () => {
  const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

  it('are written as people read them', () => {
    const lengths: readonly (readonly [number, string])[] = [
      [0, '0 s'],
      [0.2, '1 ms'],
      [999.4, '999 ms'],
      [999.6, '1 s'],
      [27_900, '27.9 s'],
      [59_949, '59.9 s'],
      [59_951, '1 min'],
      [725_000, '12 min 5 s'],
      [3_599_600, '1 h'],
      [12_000_000, '3 h 20 min'],
      [86_399_000, '1 d'],
      [187_200_000, '2 d 4 h'],
    ];
    for (const [ms, said] of lengths) expect(plain(lasting(ms)), `${ms}`).to.equal(said);
    expect([0, 0.0004, 0.001, 0.054, 0.0996, 0.5, 1].map(percent).map(plain)).to.deep.equal([
      ...['0 %', 'less than 0.1 %', '0.1 %', '5.4 %', '10 %', '50 %', '100 %'],
    ]);
    expect([0, 1, 999, 2_700_000, 1.94e9].map(bytes).map(plain)).to.deep.equal([
      ...['0 bytes', '1 byte', '999 bytes', '2.7 MB', '1.9 GB'],
    ]);
    expect([0, 1 / 3, 12.5, 1_234_567].map(count)).to.deep.equal(['0', '0.33', '12.5', '1,234,567']);
  });

  it('name a few of many', () => {
    expect(listed([])).to.equal('');
    expect(listed(['a'])).to.equal('a');
    expect(listed(['a', 'b', 'c'])).to.equal('a, b and c');
    expect(listed(['a', 'b', 'c', 'd', 'e'])).to.equal('a, b, c and 2 more');
  });
});
