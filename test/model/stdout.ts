/** Where stdout goes: every byte that was taken, up to the one at which the world ends. */
import { Writable } from 'node:stream';

export interface Stdout {
  readonly stream: Writable;
  readonly bytes: () => Buffer;
  readonly isDead: () => boolean;
  /** Nothing more is taken. */
  readonly kill: () => void;
}

/** `end`: so many bytes after so many lines. */
export function stdout(end?: { readonly line: number; readonly more: number }): Stdout {
  const taken: Buffer[] = [];
  let lines = 0;
  let length = 0;
  let last = end?.line === 0 ? end.more : Number.POSITIVE_INFINITY;
  let dead = false;
  const gone = (): Error => Object.assign(new Error('the reader has gone'), { code: 'EPIPE' });
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      if (dead) return done(gone());
      if (end !== undefined && last === Number.POSITIVE_INFINITY)
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
          lines += 1;
          if (lines !== end.line) continue;
          last = length + at + 1 + end.more;
          break;
        }
      const room = last - length;
      // Copied: what was taken may be written over.
      taken.push(Buffer.from(chunk.subarray(0, Math.max(0, room))));
      length += taken.at(-1)?.length ?? 0;
      dead = room < chunk.length;
      done(dead ? gone() : null);
    },
  });
  return {
    stream,
    bytes: () => Buffer.concat(taken),
    isDead: () => dead,
    kill: () => {
      dead = true;
      stream.destroy(gone());
    },
  };
}
