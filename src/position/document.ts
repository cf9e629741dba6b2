/** A state document with one stream of it moved. Pure. */
import { Fault } from '../errors.js';
import { printJson } from '../numbers.js';
import type { StreamName } from '../resource.js';
import { STREAMS } from '../resources/index.js';
import { entryWith, parseState, type State } from '../state.js';
import { entriesOf, withEntry } from '../state-forms.js';
import type { Instant } from '../time.js';
import { type Move, move } from './move.js';

export interface Moved extends Move {
  readonly document: unknown;
  readonly state: State;
}

/** Throws KLV_STATE_*. */
export const readState = (document: unknown): State =>
  parseState(document, (name) => STREAMS.get(name as StreamName)?.stream);

/** In the form that it has, with all else in it. Throws KLV_POSITION where that form cannot hold the stream. */
export function moveIn(document: unknown, name: StreamName, to: Instant): Moved {
  const before = readState(document);
  const moved = move(before.bookmarks.get(name), to);
  const entry = entriesOf(document)
    .entries.filter(({ stream }) => stream === name)
    .at(-1)?.entry;
  const cursor = STREAMS.get(name)?.stream.cursor ?? '';
  const after = withEntry(document, name, entryWith(entry, moved.bookmark, cursor));
  const state = readState(after);
  if (!isOnlyMoved(before, state, name, moved.bookmark.until))
    throw new Fault('KLV_POSITION', `the state has no room for ${name}`, {
      remedy: 'give it in a form of state.md, e.g. {"bookmarks": {}}',
    });
  return { ...moved, document: after, state };
}

/** What is written over must be right, whatever form it came in. */
function isOnlyMoved(before: State, after: State, name: StreamName, to: Instant): boolean {
  const rest = ({ bookmarks, unknown, beside }: State): string =>
    JSON.stringify([[...bookmarks].filter(([stream]) => stream !== name).sort(), [...unknown], beside]);
  const now = after.bookmarks.get(name);
  return now?.until === to && now.gaps.length === 0 && rest(before) === rest(after);
}

/** As the text was laid out: its indentation, and the end of its last line. */
export function printed(document: unknown, text: string): string {
  const [, indent] = /^\s*[[{]\r?\n([ \t]+)/.exec(text) ?? [];
  return `${printJson(document, indent)}${text.endsWith('\n') ? '\n' : ''}`;
}
