/**
 * The one writer of stdout. A write is over when the operating system has taken it, so a slow reader slows the
 * requests, and nothing is left behind when the process ends.
 */
import type { Writable } from 'node:stream';
import { Fault } from './errors.js';

/** The reader has gone: nothing more can be said, and nothing more should be asked. */
export class ReaderGone extends Error {
  constructor() {
    super('the reader of stdout has gone');
    this.name = 'ReaderGone';
  }
}

export interface Output {
  /** Whole lines, as text or as bytes read as Latin-1. Resolves when more may be written; rejects with ReaderGone or KLV_OUTPUT. */
  readonly write: (lines: string, encoding?: 'utf8' | 'latin1') => Promise<void>;
  /** Resolves when all that was written has been taken. */
  readonly flush: () => Promise<void>;
}

/** Bytes that may be queued before a write waits. */
const QUEUE = 1 << 20;

export function createOutput(stream: Writable, lost: (error: Error) => void = () => {}): Output {
  let failure: Error | undefined;
  let queued = 0;
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

  const until = async (most: number): Promise<void> => {
    while (queued > most && failure === undefined)
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    if (failure !== undefined) throw failure;
  };

  return {
    write(lines, encoding = 'utf8') {
      if (failure !== undefined) return Promise.reject(failure);
      if (lines === '') return Promise.resolve();
      const bytes = Buffer.from(lines, encoding);
      queued += bytes.length;
      stream.write(bytes, (error) => {
        queued -= bytes.length;
        if (error !== null && error !== undefined) fail(error);
        else settle();
      });
      return until(QUEUE);
    },
    flush: () => until(0),
  };
}
