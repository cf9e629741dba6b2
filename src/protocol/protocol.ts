/** TO WHOM: what a sync says, put into the lines of one protocol. */

import type { Frame } from '../lines.js';
import type { Level } from '../log.js';
import type { Message } from '../message.js';
import { printJson } from '../numbers.js';
import type { StreamName } from '../resource.js';
import type { State } from '../state.js';
import type { Instant } from '../time.js';
import { airbyte } from './airbyte.js';
import { singer } from './singer.js';

export type ProtocolName = 'airbyte' | 'singer';

/** A stream as a protocol announces it. */
export interface Announced {
  readonly name: StreamName;
  readonly schema: object;
  readonly primaryKey: readonly string[];
  readonly cursor?: string;
}

/** Text of whole lines, each ended by a line feed; empty where the protocol has no word for it. */
export interface Protocol {
  readonly begin: () => string;
  /** `wholeSince`: of a stream whose rows vanish without a word, the whole read that they belong to. */
  readonly frame: (stream: StreamName, wholeSince: Instant | undefined) => Frame;
  readonly say: (message: Message) => string | Uint8Array;
  /** A line for people, where the protocol carries those; undefined: stderr does. */
  readonly log: (level: Level, text: string) => string | undefined;
  readonly end: () => string;
}

export interface ProtocolParts {
  readonly streams: readonly Announced[];
  readonly state: State;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const protocolOf = (name: ProtocolName): ((parts: ProtocolParts) => Protocol) =>
  name === 'airbyte' ? airbyte : singer;

/** Ids in a state, too, may hold what some readers take for a line end. */
export const line = (message: object): string => `${printJson(message)}\n`;
