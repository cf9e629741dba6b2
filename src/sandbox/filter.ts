/** Klaviyo's filter grammar: `operator(field,value)` clauses, joined by commas or wrapped in `and(...)`. */
import { parseInstant } from './clock.js';
import { invalid } from './refusal.js';

export type Kind = 'string' | 'number' | 'boolean' | 'datetime';
/** The value of a datetime is whole microseconds. */
export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number' | 'datetime'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean };

export interface Clause {
  readonly operator: string;
  readonly field: string;
  /** Absent for `has(field)`. */
  readonly value?: Literal | readonly Literal[];
}

const WORD = /[A-Za-z_$][\w.$-]*/y;
const BARE = /[^\s,()[\]"']+/y;
const NUMBER = /^-?\d+(\.\d+)?$/;

export function parseFilter(text: string): Clause[] {
  const clauses: Clause[] = [];
  let at = 0;
  const fail = (detail: string) => invalid('filter', `Invalid filter provided: ${detail} at position ${at}.`);
  const space = () => {
    while (text[at] === ' ') at++;
  };
  const take = (char: string) => {
    space();
    if (text[at] !== char) throw fail(`expected '${char}'`);
    at++;
  };
  const taken = (char: string) => {
    space();
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const match = (pattern: RegExp, what: string) => {
    space();
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) throw fail(`expected ${what}`);
    at += found.length;
    return found;
  };

  const quoted = (): Literal => {
    const quote = text[at++];
    let value = '';
    for (; at < text.length && text[at] !== quote; at++) {
      if (text[at] === '\\') at++;
      value += text[at] ?? '';
    }
    if (text[at++] !== quote) throw fail('unterminated string');
    return { kind: 'string', value };
  };
  const literal = (): Literal => {
    space();
    if (text[at] === '"' || text[at] === "'") return quoted();
    const bare = match(BARE, 'a value');
    if (bare === 'true' || bare === 'false') return { kind: 'boolean', value: bare === 'true' };
    if (NUMBER.test(bare)) return { kind: 'number', value: Number(bare) };
    const instant = parseInstant(bare);
    if (instant === undefined) throw fail(`'${bare}' is neither a quoted string, a number nor a datetime`);
    return { kind: 'datetime', value: instant };
  };
  const value = (): Literal | Literal[] => {
    if (!taken('[')) return literal();
    const all: Literal[] = [];
    if (taken(']')) return all;
    do all.push(literal());
    while (taken(','));
    take(']');
    return all;
  };
  const clause = () => {
    const operator = match(WORD, 'an operator');
    take('(');
    if (operator === 'and') sequence();
    else if (operator === 'or' || operator === 'not') throw fail(`'${operator}' is not supported`);
    else {
      const field = match(WORD, 'a field');
      clauses.push(taken(',') ? { operator, field, value: value() } : { operator, field });
    }
    take(')');
  };
  const sequence = () => {
    do clause();
    while (taken(','));
  };

  sequence();
  space();
  if (at < text.length) throw fail('unexpected text');
  return clauses;
}
