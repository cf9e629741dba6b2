/**
 * How many rows a stream will have brought when it is complete, by how close they lay so far. Nothing is said of a
 * stream before all of its open slices have shown that: of memberships, for one, whose lists are met one by one.
 */
import type { Lines } from '../lines.js';
import type { Body, Resource, StreamName } from '../resource.js';
import type { Ledger } from './ledger.js';
import type { Plan } from './plan.js';
import { rowsAhead } from './split.js';

export interface Expected {
  readonly rows: number;
  /** Of the lines that carry them. */
  readonly bytes: number;
}

export interface Forecast {
  readonly read: (resource: Resource, body: Body) => void;
  readonly wrote: (stream: StreamName, lines: Lines) => void;
  /** What is worth saying now; `ended`: what it came to, if anything else was said before. */
  readonly news: (stream: StreamName, ended: boolean) => Expected | undefined;
}

/** It is said again when it has moved by so much. */
const MOVED = 0.1;

interface Seen {
  /** On the pages: not all of them may be rows. */
  objects: number;
  rows: number;
  bytes: number;
  said?: number;
}

export function createForecast(plan: Plan, ledger: Pick<Ledger, 'open'>): Forecast {
  const seen = new Map<StreamName, Seen>();
  /** Others are read to their end before it is known how much of them there is. */
  for (const { name, progress } of plan.streams.values())
    if (progress === 'ranged') seen.set(name, { objects: 0, rows: 0, bytes: 0 });

  function expected(stream: StreamName, { objects, rows, bytes }: Seen): Expected | undefined {
    if (rows === 0) return undefined;
    let ahead = 0;
    for (const slice of ledger.open()) {
      if (slice.resource !== plan.streams.get(stream)?.resource) continue;
      const left = rowsAhead(slice, plan.now);
      // A density of nothing is one that could not be told: all rows of the page lay in one instant.
      if (left === undefined || slice.density === 0) return undefined;
      ahead += left;
    }
    const all = rows + Math.round(ahead * (rows / objects));
    return { rows: all, bytes: Math.round(all * (bytes / rows)) };
  }

  return {
    read(resource, { data, scanned }) {
      for (const name of Object.keys(resource.streams) as StreamName[]) {
        const facts = seen.get(name);
        if (facts !== undefined) facts.objects += data.length + (scanned?.page.count ?? 0);
      }
    },
    wrote(stream, lines) {
      const facts = seen.get(stream);
      if (facts === undefined) return;
      facts.rows += lines.count;
      facts.bytes += lines.bytes.length;
    },
    news(stream, ended) {
      const facts = seen.get(stream);
      if (facts === undefined || (ended && facts.said === undefined)) return undefined;
      const { said } = facts;
      const now = ended ? { rows: facts.rows, bytes: facts.bytes } : expected(stream, facts);
      const moved = (rows: number): boolean =>
        said === undefined || (ended ? rows !== said : Math.abs(rows - said) > said * MOVED);
      if (now === undefined || !moved(now.rows)) return undefined;
      facts.said = now.rows;
      return now;
    },
  };
}
