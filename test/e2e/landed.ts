/** What target-jsonl has written, compared with the account. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { STREAM_NAMES, type StreamName } from '../../src/generated/rows.js';
import type { Account } from '../../src/sandbox/index.js';
import { keyOf, type Row, truthOf } from '../promises/truth.js';

/** The rows of each file that is named like a stream, as they came. */
export function landed(folder: string): ReadonlyMap<StreamName, readonly Row[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return new Map(
    files.map((file) => [
      file.replace('.jsonl', '') as StreamName,
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row),
    ]),
  );
}

export const countOf = (folder: string): number =>
  [...landed(folder).values()].reduce((sum, rows) => sum + rows.length, 0);

/** Every key of every stream is there, and none that the account does not have. */
export function expectAllKeys(
  folder: string,
  account: Account,
  streams: readonly StreamName[] = STREAM_NAMES,
): void {
  const tables = landed(folder);
  expect([...tables.keys()].filter((name) => !streams.includes(name))).to.deep.equal([]);
  const truth = truthOf(account);
  for (const stream of streams) {
    const keys = new Set((tables.get(stream) ?? []).map((row) => keyOf(stream, row)));
    expect([...keys].sort(), stream).to.deep.equal([...(truth.get(stream)?.keys() ?? [])].sort());
  }
}
