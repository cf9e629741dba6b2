/**
 * What a user would lose if this failed: rows. The whole connector against an account that changes while it is read,
 * over a network that fails, ended at any byte, request or signal, and resumed from the last whole state.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { MUTANTS } from './mutants.js';
import { emptyTally, play, type Tally } from './property.js';
import { REGRESSIONS } from './regressions.js';
import type { Mutant } from './run.js';
import { type Schedule, schedule } from './schedule.js';

const RUNS = 30;
const SEED = 20_260_301;
/** A mutant that survives so many schedules is not seen. */
const ENOUGH = 60;

describe('model: not one row is lost under any fault', function () {
  this.timeout(120_000);

  it('I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I12 I14 I21 O1 P9 P10 R7 X3: whatever happens, resumed runs deliver every row', async () => {
    const tally: Tally = emptyTally();
    await fc.assert(
      fc.asyncProperty(schedule, async (drawn) => {
        await play(drawn, tally);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // A generator that has become tame would pass as well.
    const seen = [...tally.seen.keys()];
    for (const kind of [
      'kill at byte',
      'kill at request',
      'kill with rollback',
      'kill inside a line',
      'sigterm',
    ])
      expect(seen).to.include(kind);
    for (const kind of ['exit 0', 'exit 1', 'exit 2', 'exit 3']) expect(seen).to.include(kind);
    expect(seen.filter((name) => name.startsWith('command'))).to.have.length.above(20);
    expect(seen.filter((name) => name.startsWith('fault'))).to.have.length.above(15);
    expect(tally.splits).to.be.above(50);
  });

  for (const [name, kept] of Object.entries(REGRESSIONS)) it(name, () => play(kept).then(() => {}));
});

describe('model: the same goes in, the same comes out', () => {
  const busy = (): Schedule => {
    const [drawn] = fc.sample(
      schedule.filter(({ steps, streams }) => steps.length > 2 && streams === undefined),
      { numRuns: 1, seed: 7 },
    );
    if (drawn === undefined) throw new Error('no schedule');
    return drawn;
  };

  it('I20: one schedule gives the same bytes twice', async () => {
    const drawn = busy();
    const [first, second] = [await play(drawn), await play(drawn)];
    expect(Buffer.concat(first).equals(Buffer.concat(second))).to.equal(true);
    expect(Buffer.concat(first).length).to.be.above(50_000);
  });

  it('I17 T6: and in every zone', async () => {
    const drawn = busy();
    const before = process.env.TZ;
    const outputs: string[] = [];
    try {
      for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
        process.env.TZ = zone;
        outputs.push(Buffer.concat(await play(drawn)).toString('latin1'));
      }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
    expect(new Set(outputs).size).to.equal(1);
  });
});

describe('model: it can fail', function () {
  this.timeout(120_000);

  async function survives({ seed, ...mutant }: Mutant & { readonly seed: number }): Promise<boolean> {
    const details = await fc.check(
      fc.asyncProperty(schedule, async (drawn) => {
        await play(drawn, emptyTally(), mutant);
      }),
      { numRuns: ENOUGH, seed, endOnFailure: true },
    );
    return !details.failed;
  }

  for (const [name, mutant] of Object.entries(MUTANTS))
    it(name, async () => {
      expect(await survives(mutant)).to.equal(false);
    });
});
