/** Runs the tests of a module once for each mutant of a batch, in one process, and sends home what it saw. */
import module from 'node:module';
import process from 'node:process';
import fc from 'fast-check';
import Mocha from 'mocha';
import type { Batch, Mutant, Verdict } from './mutant.js';

/** Properties draw the same each time, so that a score does not depend on luck; the smallest example is not sought. */
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** File by file: what the first one notices need not load the next. */
async function run({ id }: Mutant, { tests, timeout }: Batch): Promise<Verdict> {
  let slowest = 0;
  for (const test of tests) {
    const verdict = await runFile(id, test, timeout);
    slowest = Math.max(slowest, verdict.slowest);
    if (verdict.by !== undefined) return verdict;
  }
  return { id, slowest };
}

async function runFile(id: number, test: string, timeout: number) {
  const mocha = new Mocha({ ui: 'bdd', bail: true, timeout, reporter: class {} as never });
  mocha.suite.emit('pre-require', globalThis, test, mocha);
  try {
    await import(`${test}?mutant=${id}`);
  } catch (error) {
    return { id, by: `cannot be loaded: ${error instanceof Error ? error.message : error}`, slowest: 0 };
  }
  return new Promise<Verdict & { slowest: number }>((resolve) => {
    let first: Verdict = { id };
    let slowest = 0;
    mocha
      .run(() => setImmediate(() => resolve({ ...first, slowest })))
      .on('pass', ({ duration = 0 }: Mocha.Test) => {
        slowest = Math.max(slowest, duration);
        process.send?.('alive');
      })
      .on('fail', (failed: Mocha.Runnable, error: Error & { uncaught?: boolean; code?: string }) => {
        const stray = error.uncaught === true || error.code === 'ERR_MOCHA_TIMEOUT';
        if (first.by === undefined) first = { id, by: failed.fullTitle(), ...(stray ? { stray } : {}) };
      });
  });
}

process.once('message', async (batch: Batch) => {
  module.register('./hooks.js', import.meta.url, { data: { root: batch.root, mutants: batch.mutants } });
  for (const mutant of batch.mutants) process.send?.(await run(mutant, batch));
  process.disconnect();
});
