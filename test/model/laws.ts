/** What must hold of any run, whatever became of it: its lines, its states, its requests, its exit code. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { StreamName } from '../../src/resource.js';
import { STREAMS } from '../../src/resources/index.js';
import { compare, fromMillis } from '../../src/time.js';
import { KEYS } from '../promises/truth.js';
import type { Noted } from './network.js';
import type { Ran } from './run.js';
import type { Schedule } from './schedule.js';
import type { Line, Target } from './target.js';

export class Broken extends Error {}

export function demand(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const VALID = new Map(
  STREAM_NAMES.map((stream) => {
    const schema = readFileSync(new URL(`../../../schemas/${stream}.json`, import.meta.url), 'utf8');
    return [stream, ajv.compile(JSON.parse(schema) as object)] as const;
  }),
);

export const chosenOf = ({ streams }: Schedule): readonly StreamName[] => streams ?? STREAM_NAMES;

/** I4, and what is left of the last line. */
export function expectWholeLines({ bytes, ending }: Ran): void {
  const tail = bytes.length - 1 - bytes.lastIndexOf(10);
  demand(tail === 0 || ending === 'killed', () => `I4: stdout ends in a torn line of ${tail} bytes`);
}

const ENDED = /^STARTED,RUNNING,(COMPLETE|INCOMPLETE)$/;

/** I6, line by line; what has not begun when the run ended early is not asked for. */
export function expectContract(schedule: Schedule, lines: readonly Line[], { ending, code }: Ran): void {
  const chosen = chosenOf(schedule);
  const announced = new Set<StreamName>();
  const statuses = new Map<StreamName, string[]>();
  for (const line of lines) {
    if (line.kind === 'other' || line.stream === undefined) continue;
    const { stream } = line;
    demand(chosen.includes(stream), () => `I6: ${stream} was not chosen`);
    if (line.kind === 'schema') {
      demand(!announced.has(stream), () => `I6: SCHEMA of ${stream} twice`);
      announced.add(stream);
      demand(line.keys.join() === KEYS[stream].join(), () => `I6: keys of ${stream}: ${line.keys.join()}`);
    }
    if (line.kind === 'status') statuses.set(stream, [...(statuses.get(stream) ?? []), line.status]);
    if (line.kind !== 'record') continue;
    demand(
      schedule.protocol === 'airbyte' || announced.has(stream),
      () => `I6: RECORD of ${stream} before its SCHEMA`,
    );
    demand(
      schedule.protocol === 'singer' || statuses.get(stream)?.join() === 'STARTED,RUNNING',
      () => `I6: RECORD of ${stream} after ${statuses.get(stream)?.join()}`,
    );
    for (const key of KEYS[stream])
      demand(line.row[key] !== null && line.row[key] !== undefined, () => `I6: ${stream} without ${key}`);
    const valid = VALID.get(stream);
    demand(valid?.(line.row) === true, () => `I6: ${stream}: ${ajv.errorsText(valid?.errors ?? [])}`);
  }
  // A run that could not begin says so as a whole.
  if (ending === 'killed' || (code !== 0 && statuses.size === 0 && schedule.protocol === 'airbyte')) return;
  for (const stream of chosen) {
    if (schedule.protocol === 'singer') demand(announced.has(stream), () => `I6: no SCHEMA of ${stream}`);
    else {
      const said = statuses.get(stream)?.join() ?? '';
      const right = ending === 'own' ? ENDED : /^(STARTED(,RUNNING)?(,(COMPLETE|INCOMPLETE))?)?$/;
      demand(right.test(said), () => `I6: statuses of ${stream}: ${said}`);
    }
  }
}

interface Bookmark {
  readonly until: string;
  readonly gaps: readonly (readonly [string, string, unknown?])[];
}

export const bookmarksOf = (line: Line & { kind: 'state' }): [StreamName, Bookmark][] =>
  line.stream === undefined
    ? (Object.entries((line.value as { bookmarks: object }).bookmarks) as [StreamName, Bookmark][])
    : [[line.stream, (line.value as { stream: { stream_state: Bookmark } }).stream.stream_state]];

/** I3, and the size and the strangers of I14. `before`: what the run was given. */
export function expectStates(schedule: Schedule, lines: readonly Line[], run: Ran, before: Target): void {
  const chosen = chosenOf(schedule);
  // The server's clock is told in whole seconds; where it could not be asked, the machine's own counts.
  const upper = fromMillis(run.ended - 10_000);
  const last = new Map<StreamName, Bookmark>();
  for (const stream of chosen) {
    const given = before.bookmark(stream);
    if (given !== undefined) last.set(stream, given as unknown as Bookmark);
  }
  for (const line of lines) {
    if (line.kind !== 'state') continue;
    if (line.stream === undefined) {
      const { bookmarks, kept } = line.value as { bookmarks: Record<string, unknown>; kept?: unknown };
      demand(
        JSON.stringify([bookmarks.gone_v1, kept]) === '[{"x":1},"word"]',
        () => 'I14: what is not known of the state was not kept',
      );
    }
    for (const [stream, bookmark] of bookmarksOf(line)) {
      if (!chosen.includes(stream)) continue;
      const known = last.get(stream);
      demand(
        known === undefined || compare(known.until, bookmark.until) <= 0,
        () => `I3: ${stream} goes back from ${known?.until} to ${bookmark.until}`,
      );
      demand(
        compare(bookmark.until, upper) <= 0,
        () => `I3: ${stream} is at ${bookmark.until}, beyond ${upper}`,
      );
      const size = JSON.stringify(bookmark).length;
      demand(size <= 32_768, () => `I14: the state of ${stream} has ${size} bytes`);
      last.set(stream, bookmark);
    }
  }
}

/** I21: versions of a key come in the order of the cursor. `before`: what was delivered earlier. */
export function expectOrder(lines: readonly Line[], before: Target): void {
  const last = new Map<string, string>();
  for (const line of lines) {
    if (line.kind !== 'record') continue;
    const cursor = STREAMS.get(line.stream)?.stream.cursor;
    if (cursor === undefined) continue;
    const key = JSON.stringify([line.stream, ...KEYS[line.stream].map((column) => line.row[column])]);
    const id = JSON.stringify(KEYS[line.stream].map((column) => line.row[column]));
    const known = last.get(key) ?? before.rows.get(line.stream)?.get(id)?.row[cursor];
    const now = line.row[cursor];
    if (typeof now !== 'string') continue;
    demand(
      typeof known !== 'string' || compare(known, now) <= 0,
      () => `I21: ${key} came as of ${String(known)}, then as of ${now}`,
    );
    last.set(key, now);
  }
}

/** Answers that are no page at all may be met four times by one request: then the run is right to give up. */
const ODD = new Set(['html', 'cutBody', 'empty']);

/** I5 and I8: 0 where everything healed, and the worst that befell the run where something did not. */
export function expectExit(schedule: Schedule, lines: readonly Line[], run: Ran): void {
  if (run.ending !== 'own') {
    const right = run.ending === 'killed' ? 141 : 143;
    demand(run.code === right, () => `I8: ${run.ending}, and exit code ${run.code}`);
    return;
  }
  // What time it is and whose account are not asked for the sake of a stream.
  const met = run.requests.filter(
    ({ fault, url }) => fault !== undefined && url.pathname !== '/' && url.pathname !== '/api/accounts',
  );
  const count = (test: (one: Noted) => boolean): number => met.filter(test).length;
  const sure = [
    ...(count(({ fault }) => fault?.kind === 'gone') > 0 ? [1] : []),
    ...(count(({ fault }) => fault?.kind === 'scope') > 0 ? [2] : []),
    ...(run.requests.some(({ status }) => status === 401) ? [2] : []),
    ...(count(({ fault }) => fault?.kind === 'limited' && (fault.after ?? 0) > 900) > 0 ? [3] : []),
  ];
  const perhaps = [
    ...(count(({ fault }) => ODD.has(fault?.kind ?? '')) > 3 ? [1] : []),
    ...(count(({ fault }) => fault?.kind === 'expired') > 3 ? [1] : []),
    ...(run.requests.some(({ fault }) => fault?.kind === 'outage' && fault.seconds > 1_800) ? [3] : []),
    // Patience is time, and that a machine slept may be seen only after it was measured.
    ...(run.leapt && count(({ fault }) => ODD.has(fault?.kind ?? '')) > 0 ? [1] : []),
    ...(run.leapt && count(() => true) > 0 ? [3] : []),
  ];
  const codes = new Set([...[undefined, ...perhaps].map((one) => Math.min(...sure, one ?? 4) % 4)]);
  demand(
    codes.has(run.code),
    () => `I8: exit code ${run.code}, not ${[...codes].join(' or ')}:\n${run.stderr}`,
  );

  const last = new Map<string, Bookmark>();
  for (const line of lines)
    if (line.kind === 'state') for (const [stream, bookmark] of bookmarksOf(line)) last.set(stream, bookmark);
  const done = (stream: StreamName): boolean => last.get(stream)?.gaps.length === 0;
  if (run.code === 0)
    for (const stream of chosenOf(schedule))
      demand(
        done(stream),
        () => `I5: exit code 0, and ${stream} has work left: ${JSON.stringify(last.get(stream))}`,
      );
  for (const line of lines)
    if (line.kind === 'status' && line.status === 'COMPLETE')
      demand(done(line.stream), () => `I5: ${line.stream} is COMPLETE, and has work left`);
}

/** I7: what lies still is read once. Templates are found on three ways, an expired cursor reads its slice again. */
export function expectNoRepeats(lines: readonly Line[], run: Ran): void {
  if (run.disturbed || run.requests.some(({ fault }) => fault?.kind === 'expired')) return;
  const seen = new Set<string>();
  for (const line of lines) {
    if (line.kind !== 'record') continue;
    const key = JSON.stringify([line.stream, ...KEYS[line.stream].map((column) => line.row[column])]);
    demand(!seen.has(key), () => `I7: ${key} came twice`);
    seen.add(key);
  }
}
