/**
 * The scanner against JSON.parse for as long as one likes: `npm run fuzz:scan -- --runs N --seed S`. Half of the pages
 * are whole, half have one byte that is wrong. Prints one line of JSON; exits with 1 where the two ways differ, and
 * where the pages were too much alike to tell.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import fc from 'fast-check';
import { KINDS, type Kind, waysOf } from '../klaviyo/both-ways.js';
import { brokenPageOf, pageOf } from '../klaviyo/drawn.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } },
});
const runs = Number(values.runs);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const LEAST_DISTINCT = 0.95;

const tally = { pages: 0, taken: 0, left: 0, rows: 0, refused: 0 };
const distinct = new Set<string>();
let failed = false;

function check(kind: Kind, pages: fc.Arbitrary<Buffer>, count: number): void {
  const ways = waysOf(kind);
  const { failed: differs, counterexample } = fc.check(
    fc.property(pages, (bytes) => {
      tally.pages += 1;
      distinct.add(createHash('sha1').update(bytes).digest('base64'));
      const body = ways.scanned(bytes);
      if (body === undefined) {
        tally.left += 1;
        return true;
      }
      tally.taken += 1;
      const meant = ways.meaning(() => ways.parsed(bytes.toString()));
      if (meant === 'refused') tally.refused += 1;
      else tally.rows += meant.length;
      return isDeepStrictEqual(
        ways.meaning(() => body),
        meant,
      );
    }),
    { numRuns: count, seed },
  );
  if (!differs) return;
  failed = true;
  process.stderr.write(`${kind}: the two ways differ on ${counterexample?.[0]}\n`);
}

const started = Date.now();
const share = Math.ceil(runs / (2 * KINDS.length));
for (const kind of KINDS) {
  check(
    kind,
    pageOf(kind).map((text) => Buffer.from(text)),
    share,
  );
  check(kind, brokenPageOf(kind), share);
}
if (!failed && distinct.size < tally.pages * LEAST_DISTINCT) {
  failed = true;
  process.stderr.write(`only ${distinct.size} of ${tally.pages} pages differ from one another\n`);
}
const seconds = Math.round((Date.now() - started) / 1000);
process.stdout.write(
  `${JSON.stringify({ runs, seed, failed, ...tally, distinct: distinct.size, seconds })}\n`,
);
process.exitCode = failed ? 1 : 0;
