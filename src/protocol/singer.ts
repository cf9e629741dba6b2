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
    say(message) {
      switch (message.type) {
        case 'records': {
          // A table version tells the target which rows an ACTIVATE_VERSION leaves standing.
          const version =
            message.wholeSince === undefined ? '' : `"version":${toMillis(message.wholeSince)},`;
          const head = `{"type":"RECORD","stream":"${message.stream}",${version}"record":`;
          const tail = `,"time_extracted":"${fromMillis(now())}"}\n`;
          return head + message.rows.join(tail + head) + tail;
        }
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
