/**
 * The one writer of stdout. A write is over when the operating system has taken it, so a slow reader slows the
 * requests, and nothing is left behind when the process ends.
 */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { Fault } from './errors.js';

/** The reader has gone: nothing more can be said, and nothing more should be asked. */
export class ReaderGone extends Error {
  constructor() {
    super('the reader of stdout has gone');
    this.name = 'ReaderGone';
  }
}

export interface Output {
  /**
   * Whole lines. Resolves when more may be written; rejects with ReaderGone or KLV_OUTPUT. `taken`: called once they have
   * been handed over and all before them, and may be written over if they are bytes; never if they are dropped.
   */
  readonly write: (lines: string | Uint8Array, taken?: () => void) => Promise<void>;
  /** Resolves when all that was written has been taken; after `stop`, when the lines under way have. */
  readonly flush: () => Promise<void>;
  /** Drops what was not handed over yet. Whoever writes, or waits for it, gets the reason. */
  readonly stop: (reason: Error) => void;
  /** ReaderGone or KLV_OUTPUT, once it has come to that: nobody says how much of what was taken has been read. */
  readonly failure: () => Error | undefined;
}

interface Queued {
  readonly bytes: Buffer;
  readonly taken: (() => void) | undefined;
}

/** Bytes that may be queued before a write waits. */
const QUEUE = 1 << 20;
/**
 * Bytes that are handed over at a time, cut at a line end. What has been handed over cannot be taken back, so this is
 * how much a reader still has to take for a run that must end to end in a whole line.
 */
const PIECE = 1 << 16;
const LINE_FEED = 10;

/** Keeps the stream's `write` as it is now: whoever calls another one later writes past this one. */
export function createOutput(stream: Writable, lost: (error: Error) => void = () => {}): Output {
  const hand = stream.write.bind(stream);
  const queue: Queued[] = [];
  let failure: Error | undefined;
  let stopped: Error | undefined;
  let queued = 0;
  let underway = 0;
  let waiting: (() => void)[] = [];

  const settle = (): void => {
    const ready = waiting;
    waiting = [];
    for (const resume of ready) resume();
  };
  const fail = (error: NodeJS.ErrnoException): void => {
    if (failure !== undefined) return;
    failure =
      error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
        ? new ReaderGone()
        : new Fault('KLV_OUTPUT', `stdout cannot be written: ${error.code ?? error.message}`);
    lost(failure);
    settle();
  };
  stream.on('error', fail);

  const handOver = (): void => {
    const [first] = queue;
    if (first === undefined || underway > 0 || failure !== undefined) return;
    const { bytes, taken } = first;
    if (bytes.length === 0) {
      queue.shift();
      taken?.();
      handOver();
      return;
    }
    const end = pieceEnd(bytes);
    const isLast = end === bytes.length;
    if (isLast) queue.shift();
    else queue[0] = { bytes: bytes.subarray(end), taken };
    underway = end;
    hand(bytes.subarray(0, end), (error?: Error | null) => {
      queued -= underway;
      underway = 0;
      if (error !== null && error !== undefined) return fail(error);
      if (isLast) taken?.();
      handOver();
      settle();
    });
  };

  const until = async (most: number, over: () => boolean = () => false): Promise<void> => {
    while (queued > most && failure === undefined && !over())
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    if (failure !== undefined) throw failure;
  };

  return {
    async write(lines, taken) {
      const reason = failure ?? stopped;
      if (reason !== undefined) throw reason;
      const bytes = typeof lines === 'string' ? Buffer.from(lines) : asBuffer(lines);
      queue.push({ bytes, taken });
      queued += bytes.length;
      handOver();
      await until(QUEUE, () => stopped !== undefined);
      if (stopped !== undefined) throw stopped;
    },
    flush: () => until(0),
    stop(reason) {
      stopped ??= reason;
      queue.length = 0;
      queued = underway;
      settle();
    },
    failure: () => failure,
  };
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);

/** Behind the last line feed that fits; a line that is longer stays whole. */
function pieceEnd(bytes: Buffer): number {
  if (bytes.length <= PIECE) return bytes.length;
  const last = bytes.lastIndexOf(LINE_FEED, PIECE - 1);
  const end = last >= 0 ? last : bytes.indexOf(LINE_FEED, PIECE);
  return end < 0 ? bytes.length : end + 1;
}

/**
 * A file as a stream. The runtime's own does not look at how much was taken: a disk that fills up takes a part, without
 * an error, and the rest would be lost in silence.
 */
export const fileStream = (fd: number, write: typeof writeSync = writeSync): Writable =>
  new Writable({
    write(chunk: Buffer, _, done) {
      try {
        for (let at = 0; at < chunk.length; ) at += write(fd, chunk, at);
      } catch (error) {
        return done(error as Error);
      }
      done();
    },
  });
