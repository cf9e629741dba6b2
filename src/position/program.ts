/** Positions for programs: one JSON document. */
import type { PositionFlags } from '../commands.js';
import type { StreamName } from '../resource.js';
import type { State } from '../state.js';
import type { Outlook } from '../survey/outlook.js';
import type { Range } from '../sync/ranges.js';
import type { Move } from './move.js';
import type { Place } from './places.js';

interface Told {
  readonly flags: PositionFlags;
  readonly places: readonly Place[];
  readonly name?: StreamName;
  readonly before?: State;
  readonly moved?: Move;
  readonly backup?: string | undefined;
  /** Undefined: the account was not asked. */
  readonly next: Outlook | undefined;
}

const pairs = (ranges: readonly Range[]): (readonly [string, string])[] =>
  ranges.map(({ from, to }) => [from, to]);

export function positionJson({ flags, places, name, before, moved, backup, next }: Told): string {
  const document = {
    state: flags.state,
    streams: places
      .filter(({ stream }) => name === undefined || moved !== undefined || stream === name)
      .map(({ stream, position = null, gaps, progress, rule, next: read }) => ({
        stream,
        position,
        gaps: pairs(gaps),
        progress,
        ...rule,
        next: read === undefined ? null : { kind: read.kind, ranges: pairs(read.ranges) },
      })),
    ...(moved === undefined || name === undefined
      ? {}
      : {
          move: {
            stream: name,
            from: before?.bookmarks.get(name)?.until ?? null,
            to: moved.bookmark.until,
            again: pairs(moved.again),
            left_out: pairs(moved.leftOut),
            written: backup !== undefined,
            backup: backup ?? null,
          },
        }),
    estimate:
      next === undefined
        ? null
        : {
            minutes: next.minutes,
            requests: next.requests,
            bound_by: next.boundBy,
            rows: Object.fromEntries(next.counts),
            unknown: next.unknown,
          },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
