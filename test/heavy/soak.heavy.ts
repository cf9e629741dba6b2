/** What a user whose run takes days would lose if this failed: the process. MINUTES in the environment shortens it. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { serveAccount } from '../../bench/account.js';
import { connectTo } from '../../bench/connector.js';
import { tally, wantedEvents, wantedProfiles } from '../../bench/tally.js';

interface Sample {
  readonly at: number;
  readonly rss: number;
  /** Of the heap and beside it, after a collection. */
  readonly held: number;
  readonly sockets: number;
  readonly timers: number;
}

const PROBE = fileURLToPath(new URL('./probe.js', import.meta.url));
const MINUTE = 60_000;
const MB = 1 << 20;
const SLOPE_MB_PER_HOUR = 5;
/** Pages under way come and go, up to thirty megabytes of them: what is kept is what is there when the fewest are. */
const A_WINDOW = 6;
const NOISE_MB = 8;

/** Rows that no run of this length can come to the end of. */
const ENDLESS = 400_000_000;

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Least squares, in units a millisecond. */
function slope(samples: readonly Sample[], of: (one: Sample) => number): number {
  const [x, y] = [mean(samples.map(({ at }) => at)), mean(samples.map(of))];
  const above = samples.reduce((sum, one) => sum + (one.at - x) * (of(one) - y), 0);
  return above / samples.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
}

/** Of each half minute the sample that held the least. */
const floors = (samples: readonly Sample[], of: (one: Sample) => number): readonly Sample[] =>
  Array.from({ length: Math.floor(samples.length / A_WINDOW) }, (_, nth) =>
    samples
      .slice(nth * A_WINDOW, (nth + 1) * A_WINDOW)
      .reduce((least, one) => (of(one) < of(least) ? one : least)),
  );

describe('a run without an end', () => {
  it('R8 memory, sockets and timers stay flat', async () => {
    // A day at sixty times the speed of the limits is 24 minutes; faster than that there is no API.
    const minutes = Number(process.env.MINUTES ?? 34);
    const served = await serveAccount({
      account: 'bulk',
      events: ENDLESS,
      profiles: ENDLESS,
      members: 0,
      lists: 0,
      segments: 0,
      flows: 0,
      campaigns: 0,
      limits: false,
      gzip: false,
    });
    const connector = await connectTo(served.account, ['event_v2', 'profile_v2']);
    const samples: Sample[] = [];
    try {
      const counts = tally([wantedEvents(ENDLESS), wantedProfiles(ENDLESS)]);
      const ended = await connector.run(counts, {
        timeoutMs: (minutes + 1) * MINUTE,
        endAfterMs: minutes * MINUTE,
        node: ['--expose-gc', '--import', PROBE],
        heard(line) {
          const [, sample] = /^probe (\{.*\})$/.exec(line) ?? [];
          if (sample !== undefined) samples.push(JSON.parse(sample) as Sample);
        },
      });
      expect(ended.code, ended.stderr).to.equal(143);
      const warm = samples.filter(({ at }) => at > Math.min(10, minutes / 3) * MINUTE);
      const hours = ((warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0)) / 3_600_000;
      const perHour = (of: (one: Sample) => number): number => (slope(floors(warm, of), of) * 3_600_000) / MB;
      const [held, rss] = [perHour((one) => one.held), perHour((one) => one.rss)];
      const range = (of: (one: Sample) => number) => [Math.min(...warm.map(of)), Math.max(...warm.map(of))];
      const [sockets, timers] = [range((one) => one.sockets), range((one) => one.timers)];
      process.stdout.write(
        `${JSON.stringify({ title: 'R8', minutes, rows: counts.rows, samples: warm.length, hours, held, rss, sockets, timers, peak: ended.peak, longestState: counts.longestState })}\n`,
      );
      expect(warm.length).to.be.greaterThan(10);
      expect(counts.repeats + counts.unknown).to.equal(0);
      const rise = SLOPE_MB_PER_HOUR * hours + NOISE_MB;
      expect(held * hours, 'megabytes kept more at the end').to.be.at.most(rise);
      expect(rss * hours, 'megabytes of the process more at the end').to.be.at.most(rise + NOISE_MB);
      for (const of of [(one: Sample) => one.sockets, (one: Sample) => one.timers])
        expect(slope(warm, of) * hours * 3_600_000, 'more of them at the end').to.be.at.most(16);
      expect(sockets[1]).to.be.at.most(130);
    } finally {
      connector.close();
      served.close();
    }
  });
});
