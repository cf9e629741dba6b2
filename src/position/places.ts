/** Where each stream stands, and what may be done about it. Pure. */
import { closest, Fault } from '../errors.js';
import type { Position, Resource, StreamName } from '../resource.js';
import { STREAMS } from '../resources/index.js';
import type { Bookmark, Gap, State } from '../state.js';
import type { Mode, Plan, Progress, StreamPlan } from '../sync/plan.js';
import type { Range } from '../sync/ranges.js';
import type { Instant } from '../time.js';

export interface Place {
  readonly stream: StreamName;
  /** Everything before it is read, but for the gaps; absent: the stream was never read. */
  readonly position?: Instant;
  readonly gaps: readonly Range[];
  readonly bookmark?: Bookmark;
  readonly progress: Progress;
  readonly resource: Resource;
  readonly rule: Position;
  /** Undefined where the catalog leaves the stream out. */
  readonly next: Next | undefined;
}

/** What a read would bring now. */
export interface Next {
  readonly kind: 'first' | 'onward' | 'whole';
  readonly ranges: readonly Range[];
}

/** Streams without a cursor have nothing to move. */
const WHOLE = {
  moves: false,
  why: 'it is read whole at every run',
  instead: 'leave it: the next run brings all of it',
} as const satisfies Position;

export const ruleOf = (name: StreamName): Position => STREAMS.get(name)?.stream.position ?? WHOLE;

/** `all`: the plan of every stream; `read`: of those that were chosen, `modes` how. */
export function placesOf(
  { bookmarks }: State,
  all: Plan,
  read: Plan,
  modes: ReadonlyMap<StreamName, Mode>,
): readonly Place[] {
  return [...all.streams.values()].map(({ name, progress, resource }) => {
    const bookmark = bookmarks.get(name);
    const planned = read.streams.get(name);
    return {
      stream: name,
      ...(bookmark === undefined ? {} : { position: bookmark.until, bookmark }),
      gaps: rangesOf(bookmark?.gaps ?? []),
      progress,
      resource,
      rule: ruleOf(name),
      next:
        planned === undefined
          ? undefined
          : { kind: kindOf(planned, bookmark, modes.get(name)), ranges: rangesOf(planned.ranges) },
    };
  });
}

const rangesOf = (gaps: readonly Gap[]): Range[] => gaps.map(([from, to]) => ({ from, to }));

function kindOf(
  { stream, reread, until }: StreamPlan,
  bookmark: Bookmark | undefined,
  mode: Mode | undefined,
): Next['kind'] {
  if (stream.cursor === undefined || mode === 'full_refresh') return 'whole';
  if (bookmark === undefined) return 'first';
  return reread === until ? 'whole' : 'onward';
}

/** The stream of that name. Throws KLV_POSITION. */
export function streamNamed(text: string): StreamName {
  if (STREAMS.has(text as StreamName)) return text as StreamName;
  const meant = closest(text, STREAMS.keys());
  throw new Fault(
    'KLV_POSITION',
    `${JSON.stringify(text.slice(0, 60))} is no stream`,
    meant === undefined ? {} : { remedy: `did you mean ${meant}?` },
  );
}

/** Throws KLV_POSITION, which says what to do in place of a move. */
export function movable(name: StreamName): Position & { readonly moves: true } {
  const rule = ruleOf(name);
  if (rule.moves) return rule;
  throw new Fault('KLV_POSITION', `${name} cannot be moved: ${rule.why}`, { remedy: rule.instead });
}
