/**
 * Gives the memory of bytes back at once, instead of when they are collected. A page is a megabyte of which the
 * collector sees a few words, so it comes late, or often for nothing: both cost more than the rows of the page.
 */
import { MessageChannel } from 'node:worker_threads';

/** Less than this may be a part of what the runtime has read for others, and is not worth it. */
const LEAST = 1 << 16;

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();

/** Nobody may look at the bytes any more, nor at others of the same buffer; they are empty afterwards. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LEAST || !(buffer instanceof ArrayBuffer)) return;
  // What is sent to a port whose other end is closed goes with the message, and that is dropped.
  nowhere.postMessage(undefined, [buffer]);
}
