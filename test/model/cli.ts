/** `npm run test:faults -- --runs N --seed S`: the property over as many schedules as one has time for. */
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { emptyTally, play } from './property.js';
import { type Schedule, schedule } from './schedule.js';

const option = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};

const runs = option('runs', 300);
const seed = option('seed', Date.now() % 1_000_000_000);
const started = performance.now();
const tally = emptyTally();
/** In how many schedules each thing took place. */
const schedules = new Map<string, number>();
let played = 0;

async function holds(drawn: Schedule): Promise<void> {
  const own = emptyTally();
  await play(drawn, own);
  played += 1;
  tally.runs += own.runs;
  tally.requests += own.requests;
  tally.rows += own.rows;
  tally.states += own.states;
  tally.splits += own.splits;
  tally.bytes += own.bytes;
  const things = [
    ...own.seen.keys(),
    drawn.protocol,
    drawn.streams === undefined ? 'all streams' : 'some streams',
  ];
  if (own.splits > 0) things.push('splits');
  for (const name of things) schedules.set(name, (schedules.get(name) ?? 0) + 1);
  for (const [name, times] of own.seen) tally.seen.set(name, (tally.seen.get(name) ?? 0) + times);
  if (played % 100 === 0) {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stderr.write(`${played} of ${runs} schedules, ${tally.runs} runs, ${seconds} s\n`);
  }
}

const details = await fc.check(fc.asyncProperty(schedule, holds), { numRuns: runs, seed });
const sum = (prefix: string): number =>
  [...tally.seen].reduce((all, [name, times]) => all + (name.startsWith(prefix) ? times : 0), 0);
process.stdout.write(
  `${JSON.stringify({
    schedules: details.numRuns,
    seed,
    failed: details.failed,
    runs: tally.runs,
    requests: tally.requests,
    rows: tally.rows,
    states: tally.states,
    splits: tally.splits,
    megabytes: Math.round(tally.bytes / 1e6),
    kills: sum('kill at'),
    faults: Object.fromEntries([...tally.seen].filter(([name]) => name.startsWith('fault')).sort()),
    seconds: Math.round((performance.now() - started) / 1000),
    schedulesWith: Object.fromEntries([...schedules].sort()),
    ...(details.failed
      ? {
          path: details.counterexamplePath,
          shrinks: details.numShrinks,
          counterexample: details.counterexample?.[0],
          error: String(
            details.errorInstance instanceof Error ? details.errorInstance.message : details.errorInstance,
          ).slice(0, 2_000),
        }
      : {}),
  })}\n`,
);
process.exitCode = details.failed ? 1 : 0;
