/**
 * Makes a row fit its schema, so that no target refuses it, and loses nothing on the way: a member that the schema
 * does not declare, or a value of another type than its column's, goes into `additional_attributes` under its name
 * (its dotted path where it was nested).
 */
import { Fault } from './errors.js';
import type { Mends } from './klaviyo/json.js';
import { heldNumber, numberText, printJson } from './numbers.js';
import type { Json, StreamName } from './resource.js';
import { isDeep, tooDeep } from './row-limits.js';
import { nullable, type Schema, type StreamSchema, typeOf } from './schemas.js';
import { normalise } from './time.js';

const SPILL = 'additional_attributes';
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

export interface Warnings {
  /** Said once a stream and column, with an example of the value. */
  readonly warn: (stream: StreamName, column: string, what: string) => void;
  readonly mends: Mends;
}

/** Said of an attribute that the schema does not know. */
export const IS_NEW = `is new: it goes into ${SPILL}`;

type Spill = [path: string, value: unknown][];
export type Fit = (draft: Readonly<Record<string, unknown>>) => Json;

/**
 * `columns`: those selected; undefined for all. Throws KLV_CONTRACT for a row without its key, and KLV_ROW_TOO_DEEP.
 */
export function fitter(
  stream: StreamName,
  schema: StreamSchema,
  columns: ReadonlySet<string> | undefined,
  warnings: Warnings,
): Fit {
  const print = anyDepth(stream, schema, columns, warnings);
  return (draft) => {
    try {
      const json = print(draft);
      if (!isDeep(json)) return json;
    } catch (error) {
      // The stack ends thousands of levels down: printing recurses, parsing does not.
      if (!(error instanceof RangeError)) throw error;
    }
    throw tooDeep(stream, schema, draft);
  };
}

function anyDepth(
  stream: StreamName,
  schema: StreamSchema,
  columns: ReadonlySet<string> | undefined,
  warnings: Warnings,
): Fit {
  const declared = Object.entries(schema.properties).filter(([name]) => columns?.has(name) ?? true);
  const hasSpill = SPILL in schema.properties;
  const writesSpill = hasSpill && (columns?.has(SPILL) ?? true);
  const where = writesSpill ? `, the value is in ${SPILL}` : '';
  const shaped = fitValue(stream, warnings, where);
  return (draft) => {
    const spill: Spill = hasSpill
      ? Object.entries(draft).filter(
          ([name, value]) =>
            (name === SPILL || !Object.hasOwn(schema.properties, name)) && value !== undefined,
        )
      : [];
    if (writesSpill) for (const [name] of spill) warnings.warn(stream, name, IS_NEW);
    const row: [string, unknown][] = [];
    for (const [name, column] of declared) {
      if (name === SPILL) continue;
      const value = shaped(draft[name], column, name, spill);
      if (value === null && !nullable(column))
        throw new Fault('KLV_CONTRACT', `${stream}: a row has no ${name}, which is part of its key`);
      row.push([name, value]);
    }
    if (writesSpill) row.push([SPILL, spill.length === 0 ? null : Object.fromEntries(spill)]);
    return printJson(Object.fromEntries(row));
  };
}

function fitValue(stream: StreamName, { warn, mends }: Warnings, where: string) {
  const misfit = (value: unknown, path: string, spill: Spill, wanted: string): null => {
    mends.misfits += 1;
    warn(stream, path, `is no ${wanted}: null there${where}`);
    spill.push([path, value]);
    return null;
  };

  const date = (value: unknown, path: string, format: string): string | null => {
    const instant = typeof value === 'string' ? normalise(value) : undefined;
    if (instant !== undefined) return format === 'date' ? instant.slice(0, 10) : instant;
    mends.dates += 1;
    warn(stream, path, `holds ${JSON.stringify(value)?.slice(0, 40)}, which is no date: null there`);
    return null;
  };

  const shaped = (value: unknown, schema: Schema, path: string, spill: Spill): unknown => {
    if (value === null || value === undefined) return null;
    const type = typeOf(schema);
    const number = numberText(value);
    switch (type) {
      case 'string':
        if (schema.format !== undefined) return date(value, path, schema.format);
        if (number !== undefined) return number;
        if (typeof value === 'boolean') return String(value);
        return typeof value === 'string' ? value : misfit(value, path, spill, type);
      case 'integer': {
        const whole = number === undefined ? undefined : wholeNumber(number);
        return whole === undefined ? misfit(value, path, spill, type) : heldNumber(whole);
      }
      case 'number':
        return number === undefined ? misfit(value, path, spill, type) : value;
      case 'boolean':
        return typeof value === 'boolean' ? value : misfit(value, path, spill, type);
      case 'array':
        return Array.isArray(value) ? fitArray(value, schema, path, spill) : misfit(value, path, spill, type);
      default:
        return typeof value === 'object' && !Array.isArray(value)
          ? fitObject(value, schema, path, spill)
          : misfit(value, path, spill, type);
    }
  };

  const fitArray = (values: readonly unknown[], { items }: Schema, path: string, spill: Spill): unknown[] => {
    if (items === undefined) return [...values];
    // A null among objects stops a client that looks into each of them.
    const fitted = values.map((value, index) => shaped(value, items, `${path}[${index}]`, spill));
    return typeOf(items) === 'object' ? fitted.filter((value) => value !== null) : fitted;
  };

  const fitObject = (object: object, { properties }: Schema, path: string, spill: Spill): unknown => {
    if (properties === undefined) return object;
    return Object.fromEntries(
      Object.entries(object).map(([name, value]) => {
        const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
        return [name, schema === undefined ? value : shaped(value, schema, `${path}.${name}`, spill)];
      }),
    );
  };

  return shaped;
}

/** `10.0` and `1E2` are whole numbers that validators refuse as such; undefined for a fraction or beyond 64 bit. */
function wholeNumber(text: string): string | undefined {
  const double = Number(text);
  const whole = /^-?\d+$/.test(text) ? text : Number.isSafeInteger(double) ? String(double) : undefined;
  if (whole === undefined) return undefined;
  const integer = BigInt(whole);
  return integer >= LEAST && integer <= MOST ? integer.toString() : undefined;
}
