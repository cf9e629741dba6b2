/**
 * The most memory the executable holds: for few and for many events, and behind a reader that stops reading for a
 * while. Prints one line of JSON.
 */
import { parseArgs } from 'node:util';
import { serveAccount } from './account.js';
import { connectTo, type Stall } from './connector.js';
import { tally, wantedEvents } from './tally.js';

const { values } = parseArgs({
  options: {
    few: { type: 'string', default: '100000' },
    many: { type: 'string', default: '5000000' },
    'stall-seconds': { type: 'string', default: '20' },
    'latency-ms': { type: 'string', default: '300' },
    gzip: { type: 'string', default: 'on' },
  },
});
const [few, many] = [Number(values.few), Number(values.many)];

/** Answers are far away, so that as many requests are under way as ever are. */
async function peakOf(events: number, stall?: Stall): Promise<number> {
  const served = await serveAccount({
    ...{ account: 'bulk', events, profiles: 100_000, limits: false },
    ...{ gzip: values.gzip !== 'off', latencyMs: Number(values['latency-ms']) },
    ...{ lists: 0, segments: 0, flows: 0, campaigns: 0 },
  });
  const connector = await connectTo(served.account, ['event_v2']);
  try {
    const counts = tally([wantedEvents(events)]);
    const ended = await connector.run(counts, {
      timeoutMs: 3_600_000,
      ...(stall === undefined ? {} : { stall }),
    });
    if (ended.code !== 0 || counts.missing() > 0)
      throw new Error(`${events} events: code ${ended.code}, ${counts.missing()} missing: ${ended.stderr}`);
    return Math.round(ended.peak);
  } finally {
    connector.close();
    served.close();
  }
}

const megabytes = {
  few: await peakOf(few),
  many: await peakOf(many),
  stalled: await peakOf(Math.min(many, 1_000_000), {
    afterBytes: 20 << 20,
    ms: Number(values['stall-seconds']) * 1000,
  }),
};
process.stdout.write(
  `${JSON.stringify({
    ...{ bench: 'memory', few, many, megabytes },
    manyToFew: Number((megabytes.many / megabytes.few).toFixed(3)),
    addedByStalling: megabytes.stalled - megabytes.many,
  })}\n`,
);
