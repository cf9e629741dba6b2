/** The Singer specification: SCHEMA for every stream first, then RECORD and STATE. */
import type { Bookmark } from '../state.js';
import { fromMillis, toMillis } from '../time.js';
import { line, type Protocol, type ProtocolParts } from './protocol.js';

export function singer({ streams, state, now }: ProtocolParts): Protocol {
  const bookmarks = new Map<string, unknown>([...state.unknown, ...state.bookmarks]);
  const stateLine = (): string =>
    line({ type: 'STATE', value: { ...state.beside, bookmarks: Object.fromEntries(bookmarks) } });
  return {
    begin: () =>
      streams
        .map(({ name, schema, primaryKey, cursor }) =>
          line({
            type: 'SCHEMA',
            stream: name,
            schema,
            key_properties: primaryKey,
            ...(cursor === undefined ? {} : { bookmark_properties: [cursor] }),
          }),
        )
        .join(''),
    frame(stream, wholeSince) {
      // A table version tells the target which rows an ACTIVATE_VERSION leaves standing.
      const version = wholeSince === undefined ? '' : `"version":${toMillis(wholeSince)},`;
      return {
        head: Buffer.from(`{"type":"RECORD","stream":"${stream}",${version}"record":`),
        tail: Buffer.from(`,"time_extracted":"${fromMillis(now())}"}\n`),
      };
    },
    say(message) {
      switch (message.type) {
        case 'records':
          return message.lines.bytes;
        case 'state':
          bookmarks.set(message.stream, message.bookmark satisfies Bookmark);
          return stateLine();
        case 'whole':
          return line({ type: 'ACTIVATE_VERSION', stream: message.stream, version: toMillis(message.since) });
        default:
          return '';
      }
    },
    log: () => undefined,
    // A target that gets no state gives none back, and the next run would start over.
    end: () => (streams.length === 0 && bookmarks.size > 0 ? stateLine() : ''),
  };
}
