/** Answers as bytes. Zipping a page costs more than making it, so pages are kept for those who ask again. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
const KEPT = 128 * 1024 * 1024;

export const encode = (body: Buffer, zipped: boolean): Buffer | Promise<Buffer> =>
  zipped ? compress(body, { level: 1 }) : body;

export type Keep = (age: object, key: string, make: () => Buffer | Promise<Buffer>) => Promise<Buffer>;

/** `age` is what the answers were made of: when it changes, all of them go. */
export function keepAnswers(): Keep {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  let current: object = kept;
  return async (age, key, make) => {
    if (age !== current) {
      kept.clear();
      bytes = 0;
      current = age;
    }
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = await make();
    if (age !== current || kept.has(key)) return made;
    kept.set(key, made);
    bytes += made.length;
    for (const [oldest, { length }] of kept) {
      if (bytes <= KEPT) break;
      kept.delete(oldest);
      bytes -= length;
    }
    return made;
  };
}
