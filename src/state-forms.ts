/**
 * The documents that a state comes in: each protocol's, what orchestrators make of them, lines saved from stdout. Each
 * is read for its entries, and an entry is put into each without changing its form. What an entry says is not known here.
 */
import { Fault } from './errors.js';

type Path = readonly (string | number)[];
type Members = Readonly<Record<string, unknown>>;

export interface Entry {
  readonly stream: string;
  readonly entry: unknown;
  readonly at: Path;
}

interface Found {
  /** Of two entries of one stream the later holds. */
  readonly entries: readonly Entry[];
  /** Members beside the entries, which Singer's state carries on. */
  readonly beside: Members;
  /** Nothing but the names of its members says that the document is a state. */
  readonly bare?: true;
  /** Where the entry of a stream goes that has none yet; absent in a document that has room for one stream alone. */
  readonly room?: (stream: string, entry: unknown) => Edit;
}

interface Edit {
  readonly at: Path;
  readonly value: unknown;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `stream`: empty where it is the document that is wrong. */
export const form = (stream: string, what: string): Fault =>
  new Fault('KLV_STATE_FORM', stream === '' ? `state: ${what}` : `state of ${stream}: ${what}`);

/** Throws KLV_STATE_FORM. */
export const entriesOf = (document: unknown): Pick<Found, 'entries' | 'beside' | 'bare'> =>
  find(document, []);

/** The document with an entry in the place of the one that holds, or where its form has room for it. */
export function withEntry(document: unknown, stream: string, entry: unknown): unknown {
  const { entries, room } = find(document, []);
  const holds = entries.filter((one) => one.stream === stream).at(-1);
  if (holds !== undefined) return edited(document, holds.at, entry);
  if (room === undefined) return [document, alike(document, stream, entry)];
  const { at, value } = room(stream, entry);
  return edited(document, at, value);
}

function find(document: unknown, at: Path): Found {
  if (document === null || document === undefined) return bookmarks({}, [...at, 'bookmarks']);
  if (Array.isArray(document)) return gathered(document, at);
  if (!isObject(document)) throw form('', 'must be an object or an array');
  // A line saved from stdout as it was: {"type":"STATE", ...} of either protocol.
  if (document.type === 'STATE' && 'value' in document) return find(document.value, [...at, 'value']);
  if (document.type === 'STATE' && 'state' in document)
    return { ...message(document.state, [...at, 'state']), beside: {} };
  if (['STREAM', 'GLOBAL', 'LEGACY'].includes(String(document.type))) return message(document, at);
  if ('stateType' in document) return connection(document, at);
  if ('streamDescriptor' in document) return message(document, at);
  if ('bookmarks' in document) {
    const { bookmarks: entries, ...beside } = document;
    if (entries !== null && !isObject(entries)) throw form('', 'bookmarks must be an object');
    return { ...bookmarks(entries ?? {}, [...at, 'bookmarks']), beside };
  }
  // As Meltano gives it out, and as it stores it.
  if ('singer_state' in document) return find(document.singer_state, [...at, 'singer_state']);
  if ('completed' in document || 'partial' in document) return stored(document, at);
  // Not the entry of a stream: a line that was cut off, or of another kind, would be read as a first run.
  if (typeof document.type === 'string') throw form('', 'is a message, and no state');
  const found = bookmarks(document, at);
  return Object.keys(document).length > 0
    ? { ...found, bare: true }
    : { ...found, room: bookmarks({}, [...at, 'bookmarks']).room };
}

const bookmarks = (entries: Members, at: Path) => ({
  entries: Object.entries(entries).map(([stream, entry]) => ({ stream, entry, at: [...at, stream] })),
  beside: {},
  room: (stream: string, entry: unknown): Edit => ({ at: [...at, stream], value: entry }),
});

/** A whole state, and of runs that were broken off what they had come to since, which goes before. */
function stored(document: Members, at: Path): Found {
  for (const name of ['completed', 'partial'])
    if (document[name] !== null && document[name] !== undefined && !isObject(document[name]))
      throw form('', `${name} must be an object`);
  const parts = ['completed', 'partial'].flatMap((name) => {
    const part = document[name];
    return isObject(part) && Object.keys(part).length > 0 ? [find(part, [...at, name])] : [];
  });
  const whole = parts[0] ?? find({ singer_state: null }, [...at, 'completed']);
  return {
    ...whole,
    entries: parts.flatMap(({ entries }) => entries),
    beside: Object.assign({}, ...parts.map(({ beside }) => beside)) as Members,
  };
}

/** As Airbyte's API gives it out and its settings of a connection show it. */
function connection({ streamState, globalState, state }: Members, at: Path): Found {
  if (Array.isArray(streamState)) return gathered(streamState, [...at, 'streamState']);
  if (isObject(globalState) && Array.isArray(globalState.streamStates))
    return gathered(globalState.streamStates, [...at, 'globalState', 'streamStates']);
  return find(state, [...at, 'state']);
}

/** Airbyte's states, or lines of them saved from stdout. */
function gathered(messages: readonly unknown[], at: Path): Found {
  const found = messages.map((one, index) => message(one, [...at, index]));
  return {
    entries: found.flatMap(({ entries }) => entries),
    beside: Object.assign({}, ...messages.map(sharedIn)) as Members,
    room:
      found.at(-1)?.room ??
      ((stream, entry) => ({
        at: [...at, messages.length],
        value: alike(messages.at(-1), stream, entry),
      })),
  };
}

/** What a GLOBAL state holds beside its streams. */
const sharedIn = (message: unknown): Members =>
  isObject(message) && isObject(message.global) && isObject(message.global.shared_state)
    ? { shared_state: message.global.shared_state }
    : {};

function message(state: unknown, at: Path): Found {
  if (!isObject(state)) throw form('', 'a state message must be an object');
  const beside = sharedIn(state);
  // Lines saved from stdout, gathered into an array.
  if (state.type === 'STATE' && 'state' in state) return message(state.state, [...at, 'state']);
  if (isObject(state.streamDescriptor) && typeof state.streamDescriptor.name === 'string') {
    const { streamDescriptor, streamState: entry } = state;
    return {
      entries: [{ stream: String(streamDescriptor.name), entry, at: [...at, 'streamState'] }],
      beside,
    };
  }
  if (isObject(state.stream)) return { entries: [streamState(state.stream, [...at, 'stream'])], beside };
  if (isObject(state.global)) {
    const inside = [...at, 'global', 'stream_states'];
    const states = Array.isArray(state.global.stream_states) ? state.global.stream_states : [];
    return {
      entries: states.map((one, index) => streamState(one, [...inside, index])),
      beside,
      room: (stream, entry) => ({ at: [...inside, states.length], value: described(stream, entry) }),
    };
  }
  if (isObject(state.data)) {
    const { entries, room } = find(state.data, [...at, 'data']);
    return { entries, beside, ...(room === undefined ? {} : { room }) };
  }
  if (state.data === null || Object.keys(state).every((name) => name === 'type' && state.type === 'LEGACY'))
    return bookmarks({}, [...at, 'data']);
  throw form('', 'a state message has neither a stream nor data');
}

function streamState(state: unknown, at: Path): Entry {
  const name =
    isObject(state) && isObject(state.stream_descriptor) ? state.stream_descriptor.name : undefined;
  if (!isObject(state) || typeof name !== 'string')
    throw form('', 'a stream state has no stream_descriptor.name');
  return { stream: name, entry: state.stream_state, at: [...at, 'stream_state'] };
}

const described = (name: string, entry: unknown) => ({
  stream_descriptor: { name },
  stream_state: entry,
});

/** One more of the same kind: a bare state, one as the settings show it, or a line of stdout. */
function alike(other: unknown, stream: string, entry: unknown): object {
  if (isObject(other) && 'streamDescriptor' in other)
    return { streamDescriptor: { name: stream }, streamState: entry };
  const state = { type: 'STREAM', stream: described(stream, entry) };
  return isObject(other) && other.type === 'STATE' ? { type: 'STATE', state } : state;
}

/** A copy with another value at a place; what is not there on the way to it is made. */
function edited(document: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const copy: unknown[] = Array.isArray(document) ? [...(document as unknown[])] : [];
    copy[step] = edited(copy[step], rest, value);
    return copy;
  }
  const members = isObject(document) ? document : {};
  const before = Object.hasOwn(members, step) ? members[step] : undefined;
  return { ...members, [step]: edited(before, rest, value) };
}
