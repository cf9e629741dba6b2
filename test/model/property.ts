/**
 * Not one row is lost, whatever happens: a schedule is played, each run resumes from the last whole state that its
 * target has, and at each run that ends with 0, and at the end, the target holds what the account held.
 */
import { isDeepStrictEqual } from 'node:util';
import { openSandbox } from '../../src/sandbox/index.js';
import { fakeClock } from '../klaviyo/clock.js';
import { expectedRow } from '../promises/columns.js';
import { type Row, truthOf } from '../promises/truth.js';
import { type Living, living, shorten } from './account.js';
import {
  Broken,
  chosenOf,
  demand,
  expectContract,
  expectExit,
  expectNoRepeats,
  expectOrder,
  expectStates,
  expectWholeLines,
} from './laws.js';
import { expectManners } from './manners.js';
import { ORIGIN } from './network.js';
import { type Mutant, type Ran, runOnce } from './run.js';
import type { Schedule, Step } from './schedule.js';
import { type Line, linesOf, readLine, type Target, target } from './target.js';

/** What a schedule came to, for those who ask whether schedules are diverse. */
export interface Tally {
  runs: number;
  requests: number;
  rows: number;
  states: number;
  splits: number;
  bytes: number;
  readonly seen: Map<string, number>;
}

export const emptyTally = (): Tally => ({
  runs: 0,
  requests: 0,
  rows: 0,
  states: 0,
  splits: 0,
  bytes: 0,
  seen: new Map(),
});

const START = Date.UTC(2026, 2, 1);
const DAY = 86_400;
const LAG_MS = 11_000;

const calm = (gap: number): Step => ({
  gap,
  before: [],
  during: [],
  faults: [],
  rollback: false,
  lag: 0,
});

/** Returns every byte of stdout, run by run. Throws Broken, which names the invariant. */
export async function play(
  schedule: Schedule,
  tally: Tally = emptyTally(),
  mutant?: Mutant,
): Promise<Buffer[]> {
  const { seed, protocol, longest, lookback } = schedule;
  const clock = fakeClock(START);
  const options = {
    seed,
    profiles: 14,
    events: 30,
    lists: 4,
    segments: 3,
    flows: 3,
    campaigns: 9,
    now: clock.wall,
    longest,
    included: Math.max(2, longest - 2),
  };
  const sandbox = openSandbox(options, () => ORIGIN);
  shorten(sandbox.account);
  sandbox.changed();
  const alive = living(sandbox, { seed, lookback }, clock.wall);
  // A state that another version wrote beside ours.
  const first = { bookmarks: { gone_v1: { x: 1 } }, kept: 'word' };
  const reader = target(protocol, protocol === 'singer' ? first : undefined);
  const outputs: Buffer[] = [];
  const steps = [...schedule.steps, calm(60), calm(8 * DAY)];
  for (const [nth, step] of steps.entries()) {
    clock.to(clock.now() + step.gap * 1000);
    for (const command of step.before) alive.act(command);
    const state = reader.state();
    const act = alive.act;
    const ran = await runOnce({ schedule, step, nth, sandbox, clock, state, act, mutant });
    outputs.push(ran.bytes);
    const lines = linesOf(ran.bytes).map((text) => readLine(protocol, text));
    try {
      expectWholeLines(ran);
      expectContract(schedule, lines, ran);
      expectStates(schedule, lines, ran, reader);
      // What a full refresh reads side by side may change under it.
      if (!schedule.fullRefresh || !ran.disturbed) expectOrder(lines, reader);
      expectManners(ran);
      expectExit(schedule, lines, ran);
      expectNoRepeats(lines, ran);
      if (nth === steps.length - 1) expectRest(schedule, lines);
      const { rollback, lag } = step;
      reader.take(lines, ran.ending === 'killed' ? { rollback, lag } : { rollback: false, lag: 0 });
      if (ran.code === 0) expectRows(schedule, alive, reader, ran, nth === steps.length - 1);
    } catch (error) {
      if (error instanceof Broken) error.message = `run ${nth + 1} of ${steps.length}: ${error.message}`;
      throw error;
    }
    count(tally, step, ran, lines);
  }
  for (const [name, times] of alive.acts) add(tally, `command ${name}`, times);
  return outputs;
}

/** Eight days later nothing has changed: what has a cursor, and is not read again on purpose, does not come again. */
const AT_REST = ['profile_v2', 'list_v2', 'segment_v2', 'flow_v2', 'flow_action_v2', 'campaign_v2'];

function expectRest({ fullRefresh }: Schedule, lines: readonly Line[]): void {
  if (fullRefresh) return;
  const again = lines.find((line) => line.kind === 'record' && AT_REST.includes(line.stream));
  demand(again === undefined, () => `I7: of an account at rest came ${JSON.stringify(again)}`);
}

/** What the account does not say of a row, and what other streams would have to be chosen for. */
const UNKNOWN = ['read_at', 'flow_message_ids'];

/** I1, I5: the rows that a run which ended well must have brought, and those of the runs before it. */
function expectRows(schedule: Schedule, alive: Living, reader: Target, run: Ran, atEnd: boolean): void {
  const { account, touched, silent, due } = alive;
  const since = run.started - LAG_MS;
  const moves = (id: unknown): boolean => typeof id === 'string' && (touched.get(id) ?? 0) >= since;
  const truth = truthOf({ ...account, now: run.started - LAG_MS });
  for (const stream of chosenOf(schedule))
    for (const [key, row] of truth.get(stream) ?? []) {
      if (Object.values(row).some(moves) || moves(membership(row))) continue;
      const id = String(row.id);
      if (!atEnd && silent.has(id)) continue;
      if (stream === 'event_v2' && id.startsWith('EV') && (due.get(id) ?? Infinity) > run.started) continue;
      const came: Record<string, unknown> = { ...reader.rows.get(stream)?.get(key)?.row };
      demand('id' in came || Object.keys(came).length > 0, () => `I1: ${stream} ${key} never came`);
      const wanted: Record<string, unknown> = { ...expectedRow(stream, row) };
      for (const column of schedule.streams === undefined ? UNKNOWN : [...UNKNOWN, 'audience_type'])
        if (row[column] === undefined || column === 'audience_type') {
          delete came[column];
          delete wanted[column];
        }
      demand(
        isDeepStrictEqual(came, wanted),
        () => `I1: ${stream} ${key} came as\n${JSON.stringify(came)}\nand is\n${JSON.stringify(wanted)}`,
      );
    }
}

const membership = (row: Row): string | undefined => {
  const group = row.list_id ?? row.segment_id;
  return group === undefined || row.profile_id === undefined ? undefined : `${group}/${row.profile_id}`;
};

const add = (tally: Tally, name: string, times = 1): void => {
  tally.seen.set(name, (tally.seen.get(name) ?? 0) + times);
};

function count(tally: Tally, step: Step, run: Ran, lines: readonly Line[]): void {
  tally.runs += 1;
  tally.requests += run.requests.length;
  tally.bytes += run.bytes.length;
  for (const { kind } of lines) {
    if (kind === 'record') tally.rows += 1;
    if (kind === 'state') tally.states += 1;
  }
  tally.splits += Number(/at most (\d+) of them to read/.exec(run.stderr + run.bytes.toString())?.[1] ?? 0);
  for (const { fault, url } of run.requests) {
    if (fault !== undefined) add(tally, `fault ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''}`);
    if (fault !== undefined && url.pathname === '/') add(tally, 'fault at the first request');
  }
  if (run.ending === 'killed') {
    add(tally, `kill at ${step.end?.kind}`);
    if (step.rollback) add(tally, 'kill with rollback');
    if (step.lag > 0) add(tally, 'kill with lag');
    if (run.bytes.at(-1) !== 10) add(tally, 'kill inside a line');
  }
  if (run.ending === 'sigterm') add(tally, 'sigterm');
  add(tally, run.ending === 'own' ? `exit ${run.code}` : 'ended early');
}
