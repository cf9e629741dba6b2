/** What whole runs told, against what the account holds. */
import { expect } from 'chai';
import type { StreamName } from '../../src/resource.js';
import type { OpenSandbox } from '../../src/sandbox/index.js';
import type { Bookmark } from '../../src/state.js';
import type { FakeClock } from '../klaviyo/clock.js';
import { byKey } from '../promises/harness.js';
import { type Row, truthOf } from '../promises/truth.js';
import { rowsOf, runWhole, type Whole } from './run.js';

export const SMALL = {
  profiles: 120,
  events: 300,
  lists: 4,
  segments: 3,
  flows: 3,
  campaigns: 12,
  limits: false,
};

export const delivered = (...runs: readonly Whole[]) =>
  byKey(
    runs.flatMap((run) =>
      rowsOf(run).map(({ text }) => {
        const { stream, record } = JSON.parse(text) as { stream: StreamName; record: Row };
        return [stream, record] as const;
      }),
    ),
  );

export function expectAll(sandbox: OpenSandbox, ...runs: readonly Whole[]): void {
  const { rows } = delivered(...runs);
  for (const [stream, wanted] of truthOf(sandbox.account))
    expect([...(rows.get(stream)?.keys() ?? [])].sort(), stream).to.deep.equal([...wanted.keys()].sort());
}

export const bookmarksOf = (state: string | undefined): Readonly<Record<StreamName, Bookmark>> =>
  (JSON.parse(state ?? '{}') as { value: { bookmarks: Record<StreamName, Bookmark> } }).value.bookmarks;

/** Rows that a third run from this state still brings, of streams that are not read whole each time. */
export async function left(
  sandbox: OpenSandbox,
  clock: FakeClock,
  state: string | undefined,
): Promise<number> {
  const run = await runWhole({
    sandbox,
    clock,
    state,
    streams: ['profile_v2', 'event_v2', 'profile_list_v2'],
  });
  expect(run.code, run.stderr).to.equal(0);
  return rowsOf(run).length;
}
