/** JSON text, byte for byte what the account says. */
import { type Raw, RawJson, RawNumber } from './types.js';

/** Thrown by `toJSON`, so that values without raw parts take the quick road through JSON.stringify. */
const RAW = new Error('raw');
const refuse = () => {
  throw RAW;
};
Object.assign(RawNumber.prototype, { toJSON: refuse });
Object.assign(RawJson.prototype, { toJSON: refuse });

/** Lone surrogates and NUL leave as `\u` escapes: JSON.stringify is well-formed. */
export function print(value: Raw): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error !== RAW) throw error;
    return printRaw(value);
  }
}

function printRaw(value: Raw): string {
  if (value instanceof RawNumber || value instanceof RawJson) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printRaw).join(',')}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${printRaw(member)}`,
  );
  return `{${members.join(',')}}`;
}

/** Spreads JSON text over lines without touching a token: parsing it would change the numbers. */
export function indent(json: string): string {
  const out: string[] = [];
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const token of json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g) ?? []) {
    if (token === '{' || token === '[') {
      depth++;
      out.push(token, line());
    } else if (token === '}' || token === ']') {
      depth--;
      out.push(line(), token);
    } else out.push(token === ':' ? ' : ' : token, token === ',' ? line() : '');
  }
  return out.join('');
}
