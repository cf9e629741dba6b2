/**
 * `npm run test:mutants -- [MODULE …]`: breaks the modules that matter most in every small way, one at a time, and
 * tells which of the breaks no test noticed. Fails where a module's tests notice too few.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { MODULES, type Watched } from './mutants/modules.js';
import type { Batch, Mutant, Verdict } from './mutants/mutant.js';
import { mutationsOf } from './mutants/mutator.js';

const LEAST = 85;
const WORKERS = 2;
/** Modules that were loaded stay in memory: a worker is replaced after so many mutants. */
const BATCH = 30;
const ROOT = new URL('../', import.meta.url).href;

interface Told extends Mutant {
  readonly place: string;
  readonly change: string;
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
};

function mutantsOf({ files }: Watched): Told[] {
  let id = 0;
  return files.flatMap((file) => {
    const url = `${ROOT}src/${file}.js`;
    const code = readFileSync(new URL(url), 'utf8');
    const map = new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')));
    return mutationsOf(code).map((mutation): Told => {
      const before = code.slice(0, mutation.start).split('\n');
      const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
      const line = 'originalLine' in entry ? entry.originalLine + 1 : 0;
      id += 1;
      return {
        ...mutation,
        id,
        url,
        place: `src/${file}.ts:${line}`,
        change: `${short(code.slice(mutation.start, mutation.end))} -> ${short(mutation.text)}`,
      };
    });
  });
}

/** One worker's mutants; one in which it falls silent is killed with it, and the rest goes to another. */
async function judge(batch: Batch, patience: number): Promise<Map<number, Verdict>> {
  const verdicts = new Map<number, Verdict>();
  let left = batch.mutants;
  while (left.length > 0) {
    const child = fork(fileURLToPath(new URL('mutants/worker.js', import.meta.url)), {
      execArgv: ['--max-old-space-size=768'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const late = await watch(child, { ...batch, mutants: left }, patience, verdicts);
    left = left.filter(({ id }) => !verdicts.has(id));
    const [hung] = left;
    if (hung !== undefined) verdicts.set(hung.id, { id: hung.id, by: late ? 'no end' : 'a crash' });
    left = left.slice(1);
  }
  return verdicts;
}

/** Resolves when the worker has gone; true if it had to be sent. */
function watch(
  child: ChildProcess,
  batch: Batch,
  patience: number,
  verdicts: Map<number, Verdict>,
): Promise<boolean> {
  return new Promise((resolve) => {
    let late = false;
    const give = (): void => {
      late = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(give, patience);
    child.on('message', (said: Verdict | 'alive') => {
      if (said !== 'alive') verdicts.set(said.id, said);
      clearTimeout(timer);
      timer = setTimeout(give, patience);
    });
    child.on('exit', () => {
      clearTimeout(timer);
      resolve(late);
    });
    child.send(batch);
  });
}

async function inParallel<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await each(one);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

async function run(name: string, watched: Watched) {
  const began = performance.now();
  const mutants = mutantsOf(watched);
  const tests = watched.tests.map((test) => `${ROOT}test/${test}.test.js`);
  const unchanged: Mutant = { id: 0, url: '', start: 0, end: 0, text: '' };
  const common = { root: ROOT, tests };
  const whole = (await judge({ ...common, timeout: 60_000, mutants: [unchanged] }, 300_000)).get(0);
  if (whole?.by !== undefined) throw new Error(`the tests of ${name} fail without a mutant: ${whole.by}`);
  const batch = { ...common, timeout: 2_000 + 5 * (whole?.slowest ?? 0) };
  const patience = batch.timeout + 3_000;
  const verdicts = new Map<number, Verdict>();
  const batches = Array.from({ length: Math.ceil(mutants.length / BATCH) }, (_, nth) =>
    mutants.slice(nth * BATCH, (nth + 1) * BATCH),
  );
  await inParallel(batches, async (some) => {
    for (const [id, verdict] of await judge({ ...batch, mutants: some }, patience)) verdicts.set(id, verdict);
  });
  // Once more, alone: nothing of another mutant is left then.
  const stray = mutants.filter(({ id }) => verdicts.get(id)?.stray);
  await inParallel(stray, async (one) => {
    for (const [id, verdict] of await judge({ ...batch, mutants: [one] }, patience))
      verdicts.set(id, verdict);
  });
  const told = mutants.map(({ id, place, change }) => ({ place, change, by: verdicts.get(id)?.by }));
  const alive = told.filter(({ by }) => by === undefined);
  const score = (100 * (told.length - alive.length)) / told.length;
  return { told, alive, score, seconds: (performance.now() - began) / 1_000 };
}

const wanted = process.argv.slice(2);
const rows: string[][] = [['module', 'mutants', 'killed', 'survived', 'score', 'seconds']];
const killers: unknown[] = [];
for (const [name, watched] of Object.entries(MODULES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { told, alive, score, seconds } = await run(name, watched);
  killers.push(...told);
  for (const { place, change } of alive) process.stdout.write(`survived  ${place}  ${change}\n`);
  rows.push([
    name,
    String(told.length),
    String(told.length - alive.length),
    String(alive.length),
    `${score.toFixed(1)} %`,
    seconds.toFixed(0),
  ]);
  if (score < LEAST) process.exitCode = 1;
}
for (const row of rows) process.stdout.write(`${row.map((cell) => cell.padEnd(10)).join('')}\n`);
writeFileSync(new URL('mutants.json', ROOT), `${JSON.stringify(killers, undefined, 1)}\n`);
