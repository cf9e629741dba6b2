/** What may be done to a bookmark by hand, where several streams have the same to say of it. */
import type { Position } from '../resource.js';

/** The cursor moves whenever the object changes. */
export const BY_CHANGE = {
  moves: true,
  passed: 'come when they change, or when the stream is moved back',
} as const satisfies Position;

export const MEMBERS = {
  moves: false,
  why: 'its place is one in a walk over all groups',
  instead: 'take "reread" out of its entry in the state to have it read whole by the next run',
} as const satisfies Position;
