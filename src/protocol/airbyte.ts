/** The Airbyte protocol: RECORD, STATE a stream, and TRACE for how each stream fares. */
import type { Fault } from '../errors.js';
import type { StreamName } from '../resource.js';
import { line, type Protocol, type ProtocolParts } from './protocol.js';

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;
const FAILURES = { config: 'config_error', transient: 'transient_error', system: 'system_error' } as const;

export function airbyte({ now }: ProtocolParts): Protocol {
  /** Records of a stream since its last state. */
  const since = new Map<StreamName, number>();
  const trace = (body: object): string => line({ type: 'TRACE', trace: { ...body, emitted_at: now() } });
  const status = (stream: StreamName, word: string): string =>
    trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name: stream }, status: word } });
  return {
    begin: () => '',
    frame: (stream) => ({
      head: Buffer.from(`{"type":"RECORD","record":{"stream":"${stream}","data":`),
      tail: Buffer.from(`,"emitted_at":${now()}}}\n`),
    }),
    say(message) {
      const { stream } = message;
      switch (message.type) {
        case 'records':
          since.set(stream, (since.get(stream) ?? 0) + message.lines.count);
          return message.lines.bytes;
        case 'state': {
          const recordCount = since.get(stream) ?? 0;
          since.set(stream, 0);
          return line({
            type: 'STATE',
            state: {
              type: 'STREAM',
              stream: { stream_descriptor: { name: stream }, stream_state: message.bookmark },
              sourceStats: { recordCount },
            },
          });
        }
        case 'estimate': {
          const { rows, bytes } = message;
          const estimate = { name: stream, type: 'STREAM', row_estimate: rows, byte_estimate: bytes };
          return trace({ type: 'ESTIMATE', estimate });
        }
        // Rows say it themselves here, in `read_at`.
        case 'whole':
          return '';
        default:
          return message.status === 'incomplete' && message.error !== undefined
            ? errorTrace(message.error, now(), stream) + status(stream, 'INCOMPLETE')
            : status(stream, message.status.toUpperCase());
      }
    },
    log: (level, text) => line({ type: 'LOG', log: { level: LEVELS[level], message: text } }),
    end: () => '',
  };
}

/** The message that makes a platform show a failure and know whether to try again. */
export const errorTrace = (
  fault: Pick<Fault, 'message' | 'class'>,
  now: number,
  stream?: StreamName,
): string =>
  line({
    type: 'TRACE',
    trace: {
      type: 'ERROR',
      emitted_at: now,
      error: {
        message: fault.message,
        failure_type: FAILURES[fault.class],
        ...(stream === undefined ? {} : { stream_descriptor: { name: stream } }),
      },
    },
  });
