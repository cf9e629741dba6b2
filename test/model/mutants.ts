/** Connectors that get something wrong, made of the right one by what it says and hears: the property must break. */
import type { HttpAnswer, HttpGet } from '../../src/klaviyo/http.js';
import type { Output } from '../../src/output.js';
import { addSeconds } from '../../src/time.js';
import type { Mutant } from './run.js';

type Json = Record<string, unknown>;

const linesIn = (text: string): string[] => text.split('\n').slice(0, -1);
const isState = (line: string): boolean => line.startsWith('{"type":"STATE"');

/** What is written goes through `change`, line by line; what it holds back comes with the flush at the end. */
const saying =
  (change: () => { line: (line: string) => string[]; rest: () => string[] }) =>
  (right: Output): Output => {
    const { line, rest } = change();
    const write = (lines: readonly string[]): Promise<void> =>
      right.write(lines.map((one) => `${one}\n`).join(''));
    return {
      write: (text) => write(linesIn(Buffer.from(text).toString('utf8')).flatMap(line)),
      flush: async () => {
        await write(rest());
        await right.flush();
      },
      stop: right.stop,
      failure: right.failure,
    };
  };

const each = (line: (line: string) => string[]) => saying(() => ({ line, rest: () => [] }));

/** Bookmarks changed on their way out, in either protocol. */
const bookmarks = (change: (bookmark: Json) => Json) =>
  each((line) => {
    if (!isState(line)) return [line];
    const message = JSON.parse(line) as { value?: { bookmarks: Json }; state?: { stream: Json } };
    if (message.value !== undefined) {
      const entries = Object.entries(message.value.bookmarks);
      message.value.bookmarks = Object.fromEntries(
        entries.map(([name, one]) => [name, (one as Json).version === undefined ? one : change(one as Json)]),
      );
    } else if (message.state !== undefined)
      message.state.stream.stream_state = change(message.state.stream.stream_state as Json);
    return [JSON.stringify(message)];
  });

const hearing =
  (change: (answer: HttpAnswer, url: URL) => HttpAnswer): NonNullable<Mutant['get']> =>
  (right: HttpGet): HttpGet =>
  async (url, ...rest) =>
    change(await right(url, ...rest), url);

const body = (answer: HttpAnswer, document: object, status = 200): HttpAnswer => ({
  ...answer,
  status,
  body: Buffer.from(JSON.stringify(document)),
});

const page = (answer: HttpAnswer): { data?: unknown; links?: Json } | undefined => {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** `seed`: of schedules among which it is found soon. */
export const MUTANTS: Readonly<Record<string, Mutant & { readonly seed: number }>> = {
  'I2: a state is written before the rows it covers': {
    seed: 4,
    output: saying(() => {
      let held: string[] = [];
      return {
        line(line) {
          if (!isState(line) && line.startsWith('{"type":"RECORD"')) {
            held.push(line);
            return [];
          }
          if (!isState(line)) return [line];
          const rows = held;
          held = [];
          return [line, ...rows];
        },
        rest: () => held.splice(0),
      };
    }),
  },
  'I2: a ledger that closes too early': { seed: 2, output: bookmarks((one) => ({ ...one, gaps: [] })) },
  'I1: a watermark past the last second of a page, of which more may follow': {
    seed: 1,
    output: bookmarks((one) => ({
      ...one,
      gaps: (one.gaps as [string, string, unknown?][]).flatMap(([from, ...more]) =>
        from.startsWith('1970') || more.length > 1 || addSeconds(from, 1) > more[0]
          ? [[from, ...more]]
          : [[addSeconds(from, 1), ...more]],
      ),
    })),
  },
  'I1: a walk that forgets the lists it has open': {
    seed: 20_260_301,
    output: bookmarks((one) => ({
      ...one,
      gaps: (one.gaps as [string, string, { open: object }?][]).map(([from, to, walk]) =>
        walk === undefined ? [from, to] : [from, to, { ...walk, open: {} }],
      ),
    })),
  },
  'I1: no late pass': { seed: 20_260_301, config: { events_lookback_days: 0 } },
  'I5: a collection that answers 404 is taken for an empty one': {
    seed: 20_260_301,
    get: hearing((answer, url) =>
      answer.status === 404 && !/\/[^/]+\/.*\//.test(url.pathname) ? body(answer, { data: [] }) : answer,
    ),
  },
  'I5: an error of the server’s in the middle of a collection is taken for its end': {
    seed: 2,
    get: hearing((answer, url) =>
      answer.status >= 500 && url.searchParams.has('page[cursor]') ? body(answer, { data: [] }) : answer,
    ),
  },
  'I5: a page that is shorter than was asked for is taken for the last': {
    seed: 20_260_301,
    get: hearing((answer, url) => {
      const found = answer.status === 200 ? page(answer) : undefined;
      const size = Number(url.searchParams.get('page[size]') ?? 0);
      if (!Array.isArray(found?.data) || found.data.length >= size) return answer;
      return body(answer, { ...found, links: { next: null } });
    }),
  },
  'I9: Retry-After is ignored': {
    seed: 20_260_301,
    get: hearing((answer) =>
      answer.status === 429 ? { ...answer, headers: new Headers({ 'retry-after': '1' }) } : answer,
    ),
  },
  'I3: the machine’s own clock is believed': {
    seed: 20_260_301,
    get: hearing((answer, url) => (url.pathname === '/' ? { ...answer, headers: new Headers() } : answer)),
  },
  'I8: an expired cursor ends its stream': {
    seed: 2,
    get: hearing((answer) =>
      answer.status === 400
        ? body(answer, { errors: [{ status: 400, code: 'invalid', detail: 'no such page' }] }, 400)
        : answer,
    ),
  },
};
