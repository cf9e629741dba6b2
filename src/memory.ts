/**
 * Memory for bytes by the megabyte, of which the collector sees a few words: it comes late for them, or often for
 * nothing, and both cost more than the rows that were in them. So they are given back at once; and since pages are of
 * many lengths, in sizes that fit the next one, or the process would grow by what lies between them.
 */
import { MessageChannel } from 'node:worker_threads';

/** Less than this may be a part of what the runtime has read for others, and is not worth it. */
const LEAST = 1 << 16;

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();

/** At least so many bytes: a power of two. */
export const roomFor = (bytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST)));

/** Nobody may look at the bytes any more, nor at others of the same buffer; they are empty afterwards. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LEAST || !(buffer instanceof ArrayBuffer)) return;
  try {
    // What is sent to a port whose other end is closed goes with the message, and that is dropped.
    nowhere.postMessage(undefined, [buffer]);
  } catch {
    // The runtime shares it out and does not part with it: it is collected like any other.
  }
}

/** One after the other, in a buffer of their own. */
export function joined(pieces: readonly Uint8Array[], length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(roomFor(length));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes.subarray(0, at);
}
