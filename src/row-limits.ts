/** Rows that stop a target: nested too deep, or too large. Told by their key, so that they can be found in Klaviyo. */
import { Fault } from './errors.js';
import type { Mends } from './klaviyo/json.js';
import type { Log } from './log.js';
import type { Config, Json, StreamName } from './resource.js';
import { nullable, type StreamSchema, schemaOf } from './schemas.js';

/** Levels that parsers of targets go down at least; Klaviyo's own limit on properties is 10. */
export const MOST_LEVELS = 500;
export const MOST_BYTES = 20_000_000;
const LARGE_BYTES = 10 << 20;

/** A row by its key columns, which are those that are never null. */
function rowName(stream: StreamName, schema: StreamSchema, row: Readonly<Record<string, unknown>>): string {
  const key = Object.entries(schema.properties)
    .filter(([, column]) => !nullable(column))
    .map(([name]) => {
      const value = row[name];
      return `${name} ${typeof value === 'object' ? 'of no value' : String(value).slice(0, 60)}`;
    });
  return `${stream}: the row with ${key.join(', ')}`;
}

export const tooDeep = (
  stream: StreamName,
  schema: StreamSchema,
  row: Readonly<Record<string, unknown>>,
): Fault =>
  new Fault(
    'KLV_ROW_TOO_DEEP',
    `${rowName(stream, schema, row)} is nested more than ${MOST_LEVELS} levels deep`,
  );

/** Nearly every row has fewer brackets than levels are allowed, and counting them is much less than a walk. */
export function isDeep(json: Json): boolean {
  if (json.length <= 2 * MOST_LEVELS) return false;
  let brackets = 0;
  for (const bracket of '{[')
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) {
      brackets += 1;
      if (brackets > MOST_LEVELS) return depthOf(json) > MOST_LEVELS;
    }
  return false;
}

function depthOf(json: Json): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < json.length; at += 1) {
    const c = json.charCodeAt(at);
    if (c === 34) {
      for (at += 1; json.charCodeAt(at) !== 34; at += 1) if (json.charCodeAt(at) === 92) at += 1;
    } else if (c === 123 || c === 91) most = Math.max(most, ++depth);
    else if (c === 125 || c === 93) depth -= 1;
  }
  return most;
}

/** Looks at each row as it is about to go out; false: it is left out. */
export function sizeLimit({
  config,
  mends,
  log,
}: {
  readonly config: Pick<Config, 'oversize'>;
  readonly mends: Mends;
  readonly log: Log;
}): (stream: StreamName, size: number, row: () => Buffer) => boolean {
  const told = new Set<StreamName>();
  return (stream, size, row) => {
    if (size <= LARGE_BYTES) return true;
    const members = JSON.parse(row().toString()) as Readonly<Record<string, unknown>>;
    const name = rowName(stream, schemaOf(stream), members);
    const what = `${name} is ${(size / 1e6).toFixed(1)} MB of JSON`;
    if (size > MOST_BYTES) {
      const most = `${what}, more than ${MOST_BYTES / 1e6} MB`;
      if (config.oversize !== 'skip') throw new Fault('KLV_ROW_TOO_LARGE', most);
      mends.oversize += 1;
      log('warn', `${most}: it is left out`);
      return false;
    }
    if (!told.has(stream)) log('warn', `${what}: some targets refuse such rows`);
    told.add(stream);
    return true;
  };
}
