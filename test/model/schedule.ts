/** What happens to an account, its network and its runs: data alone, so that a schedule can be kept and run again. */
import fc from 'fast-check';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import type { StreamName } from '../../src/resource.js';

/** `pick` and the like choose among what is there, whatever its number. */
export type Command =
  | { readonly do: 'event'; readonly count: number; readonly pick: number }
  /** Seconds between the time of the event and now, when it shows. */
  | { readonly do: 'lateEvent'; readonly by: number; readonly count: number; readonly pick: number }
  | { readonly do: 'futureEvent'; readonly by: number; readonly pick: number }
  | { readonly do: 'addProfile' | 'addMetric' }
  | { readonly do: 'createList' | 'createSegment'; readonly members: number; readonly pick: number }
  | { readonly do: 'join' | 'leave' | 'merge'; readonly pick: number; readonly other: number }
  | { readonly do: Touching; readonly pick: number };

type Touching =
  | 'updateProfile'
  | 'deleteProfile'
  | 'updateGroup'
  | 'deleteGroup'
  | 'createCampaign'
  | 'updateCampaign'
  | 'archiveCampaign'
  | 'deleteCampaign'
  | 'estimateCampaign'
  | 'createFlow'
  | 'updateFlow'
  | 'archiveFlow'
  | 'editAction'
  | 'editMessage'
  | 'editMessageAlone'
  | 'deleteFlow'
  | 'editTemplate';

export type Fault =
  | { readonly kind: 'refused' | 'reset' | 'timeout' | 'resetInBody' | 'cutBody' | 'cutGzip' | 'empty' }
  | { readonly kind: 'html' | 'edge' | 'expired' | 'gone' | 'scope' | 'rotated' }
  | { readonly kind: 'status'; readonly status: 500 | 502 | 503 | 504 | 522 }
  /** 429; seconds of its Retry-After, absent: it has none. */
  | { readonly kind: 'limited'; readonly after?: number }
  /** Seconds for which nothing gets through. */
  | { readonly kind: 'outage'; readonly seconds: number };

/** How a run is ended before its time. */
export type End =
  | { readonly kind: 'byte'; readonly line: number; readonly more: number }
  | { readonly kind: 'request' | 'sigterm'; readonly at: number };

export interface Step {
  /** Seconds before the run. */
  readonly gap: number;
  readonly before: readonly Command[];
  /** While the run is under way, when its request number `at` goes out. */
  readonly during: readonly { readonly at: number; readonly command: Command }[];
  readonly faults: readonly { readonly at: number; readonly fault: Fault }[];
  readonly end?: End | undefined;
  /** Of a run that was killed: the target loses what came after the state it resumes from. */
  readonly rollback: boolean;
  /** State lines at the end that the target had not acknowledged when it was killed. */
  readonly lag: number;
  /** The clock leaps at this request, as on a machine that was suspended: seconds. */
  readonly leap?: { readonly at: number; readonly seconds: number } | undefined;
}

export interface Schedule {
  readonly seed: number;
  readonly protocol: 'singer' | 'airbyte';
  /** Absent: all 18. */
  readonly streams?: readonly StreamName[] | undefined;
  readonly fullRefresh: boolean;
  readonly lookback: number;
  readonly refresh: number;
  /** Objects a page at most. */
  readonly longest: number;
  /** Answers take up to a minute: states are written between pages. */
  readonly slow: boolean;
  /** Seconds that the machine's clock is ahead of the server's. */
  readonly skew: number;
  readonly steps: readonly Step[];
}

const pick = fc.nat(60);
const DAY = 86_400;

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('event' as const), count: fc.integer({ min: 1, max: 8 }), pick }),
  fc.record({
    do: fc.constant('lateEvent' as const),
    by: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 60, max: 7 * DAY - 60 })),
    count: fc.integer({ min: 1, max: 4 }),
    pick,
  }),
  fc.record({ do: fc.constant('futureEvent' as const), by: fc.integer({ min: 5, max: 3 * DAY }), pick }),
  fc.record({ do: fc.constantFrom('addProfile' as const, 'addMetric' as const) }),
  fc.record({
    do: fc.constantFrom('createList' as const, 'createSegment' as const),
    members: fc.nat(7),
    pick,
  }),
  fc.record({ do: fc.constantFrom('join' as const, 'leave' as const, 'merge' as const), pick, other: pick }),
  fc.record({
    do: fc.constantFrom<Touching>(
      'updateProfile',
      'updateProfile',
      'deleteProfile',
      'updateGroup',
      'deleteGroup',
      'createCampaign',
      'updateCampaign',
      'archiveCampaign',
      'deleteCampaign',
      'estimateCampaign',
      'editTemplate',
    ),
    pick,
  }),
  fc.record({
    do: fc.constantFrom<Touching>(
      'createFlow',
      'updateFlow',
      'archiveFlow',
      'editAction',
      'editAction',
      'editMessage',
      'editMessageAlone',
      'deleteFlow',
    ),
    pick,
  }),
);

/** Runs ask a few dozen to a few hundred times. */
const request = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 200 }),
);

const passing: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('refused', 'reset', 'timeout', 'resetInBody', 'cutBody', 'cutGzip', 'empty'),
  }),
  fc.record({ kind: fc.constantFrom('html', 'edge', 'expired', 'expired') }),
  fc.record({ kind: fc.constant('status'), status: fc.constantFrom(500, 502, 503, 504, 522) }),
  fc.record({ kind: fc.constant('limited') }),
  fc.record({ kind: fc.constant('limited'), after: fc.constantFrom(1, 3, 30, 120) }),
) as fc.Arbitrary<Fault>;

const grave: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('gone', 'scope', 'rotated') }),
  fc.record({ kind: fc.constant('limited'), after: fc.constant(3_600) }),
  fc.record({ kind: fc.constant('outage'), seconds: fc.constantFrom(600, 600, 2_400) }),
) as fc.Arbitrary<Fault>;

const end: fc.Arbitrary<End> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('byte' as const),
      line: fc.oneof(fc.nat(30), fc.nat(300), fc.nat(900)),
      more: fc.nat(3_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('request' as const, 'sigterm' as const), at: request }),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  gap: fc.oneof(
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 1, max: 4 * 3_600 }),
    fc.integer({ min: 1, max: 9 * DAY }),
  ),
  before: fc.array(command, { maxLength: 8 }),
  during: fc.array(fc.record({ at: request, command }), { maxLength: 8 }),
  faults: fc
    .tuple(
      fc.array(fc.record({ at: request, fault: passing }), { maxLength: 6 }),
      fc.option(fc.record({ at: request, fault: grave }), { nil: undefined, freq: 3 }),
    )
    .map(([some, one]) => (one === undefined ? some : [...some, one])),
  end: fc.option(end, { nil: undefined, freq: 2 }),
  rollback: fc.boolean(),
  lag: fc.oneof(fc.constant(0), fc.nat(4)),
  leap: fc.option(fc.record({ at: request, seconds: fc.integer({ min: 30, max: 7_200 }) }), {
    nil: undefined,
    freq: 9,
  }),
});

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat(1_000),
  protocol: fc.constantFrom('singer' as const, 'airbyte' as const),
  streams: fc.option(fc.subarray([...STREAM_NAMES], { minLength: 1, maxLength: 6 }), {
    nil: undefined,
    freq: 2,
  }),
  fullRefresh: fc.nat(11).map((n) => n === 0),
  lookback: fc.constantFrom(7, 7, 7, 2, 0),
  refresh: fc.constantFrom(7, 30, 30, 0),
  longest: fc.integer({ min: 2, max: 9 }),
  slow: fc.boolean(),
  skew: fc.constantFrom(0, 0, 0, 600, -600),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
});
