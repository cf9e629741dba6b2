/** What an answer comes to: a page's body, or the verdict on what came instead. */
import { Fault } from '../errors.js';
import type { Body, Config, JsonApiObject, Resource, ScannedBody, StreamName, Value } from '../resource.js';
import { schemaOf } from '../schemas.js';
import { microsAt } from '../time-bytes.js';
import type { HttpAnswer } from './http.js';
import { decodeText, type Mends, parseJson } from './json.js';
import { nextCursor, toBody, toObject } from './json-api.js';
import { judge, tidy, type Verdict } from './retry.js';
import { createScanner, type ScannedPage } from './scan.js';
import { END, FLAGS, ODD, START } from './scan-slots.js';

export type PageAnswer =
  | { readonly kind: 'page'; readonly body: Body }
  | { readonly kind: 'missing' | 'expired'; readonly fault: Fault };

/** So much of a body is looked at for the reason of a refusal. */
const REASON_BYTES = 65_536;

export interface ReaderParts {
  readonly config: Config;
  readonly origin: string;
  readonly mends: Mends;
  /** Masks the key, which an answer may repeat. */
  readonly hide: (text: string) => string;
  readonly wall: () => number;
  readonly log: (level: 'warn', text: string) => void;
}

export function createReader({ config, origin, mends, hide, wall, log }: ReaderParts) {
  const wide = config.wide_integers ?? 'keep';
  const toldOfBytes = new Set<Resource>();
  const scanners = new Map<Resource, ReturnType<typeof createScanner>>();
  const scannerOf = (resource: Resource): ReturnType<typeof createScanner> | undefined => {
    if (resource.scan === undefined) return undefined;
    const [stream] = Object.keys(resource.streams) as StreamName[];
    const columns = stream === undefined ? {} : schemaOf(stream).properties;
    const known = scanners.get(resource) ?? createScanner(resource.scan, wide, columns);
    scanners.set(resource, known);
    return known;
  };

  function scannedBody(page: ScannedPage, where: string, release: (() => void) | undefined): Body {
    const { next } = page;
    const cursor = next === undefined ? undefined : nextCursor(JSON.parse(next) as Value, where, origin);
    const scanned = lookInto(page, (json, path) => toObject(parseJson(json, mends, wide), where, path));
    return {
      data: [],
      included: [],
      find: scanned.find,
      scanned,
      release: () => {
        page.release();
        release?.();
      },
      ...(cursor === undefined ? {} : { next: cursor }),
    };
  }

  return (answer: HttpAnswer, resource: Resource, where: string): PageAnswer | Verdict => {
    const { status, headers } = answer;
    const refusal = { headers, where, scopes: resource.scopes, wall: wall() };
    if (status !== 200)
      return judge({ ...refusal, status, body: hide(answer.body.toString('utf8', 0, REASON_BYTES)) });
    const scanned = scannerOf(resource)?.(answer.body);
    if (scanned !== undefined) return { kind: 'page', body: scannedBody(scanned, where, answer.release) };
    try {
      const broken = mends.bytes;
      const text = decodeText(answer.body, mends);
      if (mends.bytes > broken && !toldOfBytes.has(resource)) {
        toldOfBytes.add(resource);
        log('warn', `${resource.name}: bytes that are no UTF-8 became U+FFFD`);
      }
      const document = parseJson(text, mends, wide);
      const refused =
        document !== null && typeof document === 'object' && 'errors' in document
          ? document.errors
          : undefined;
      if (Array.isArray(refused) && refused.length > 0) {
        const code = Number((refused[0] as { status?: unknown }).status);
        return judge({ ...refusal, status: code || 500, body: hide(JSON.stringify({ errors: refused })) });
      }
      return { kind: 'page', body: toBody(document, where, resource.single === true, origin) };
    } catch (error) {
      if (error instanceof Fault) return { kind: 'fail', fault: error };
      const start = tidy(hide(answer.body.toString('utf8', 0, REASON_BYTES))).slice(0, 200);
      const cause = answer.body.length === 0 ? 'an empty body' : `no JSON: ${start}`;
      return { kind: 'retry', fault: new Fault('KLV_CONTRACT', `${where} answered ${cause}`) };
    }
  };
}

/** What others than the rows want to know of a scanned page. */
export function lookInto(
  page: ScannedPage,
  parse: (json: string, path: string) => JsonApiObject,
): ScannedBody {
  const { bytes, index, stride, count, slots, included } = page;
  const word = (object: number, place: number): number => index[object * stride + place] as number;
  const known = new Map<string, Float64Array>();
  let beside: Map<string, JsonApiObject> | undefined;
  return {
    page,
    isOdd: (object) => (word(object, FLAGS) & ODD) !== 0,
    parse: (object) =>
      parse(bytes.toString('utf8', word(object, START), word(object, END)), `data[${object}]`),
    find(type, id) {
      beside ??= new Map(
        included.map(({ from, to }, at) => {
          const object = parse(bytes.toString('utf8', from, to), `included[${at}]`);
          return [`${object.type}/${object.id}`, object];
        }),
      );
      return beside.get(`${type}/${id}`);
    },
    instants(attribute) {
      const before = known.get(attribute);
      if (before !== undefined) return before;
      const slot = slots.attribute.get(attribute) ?? 0;
      const instants = new Float64Array(count);
      for (let object = 0; object < count; object += 1)
        instants[object] = microsAt(bytes, word(object, slot), word(object, slot + 1));
      known.set(attribute, instants);
      return instants;
    },
    has(attribute) {
      const slot = slots.attribute.get(attribute);
      if (slot === undefined) return false;
      for (let object = 0; object < count; object += 1) if (word(object, slot) > 0) return true;
      return false;
    },
  };
}
