/**
 * Numbers that JSON carries through unchanged. `JSON.parse` makes 1.0 into 1 and 12345678901234567890 into another
 * number; here a number whose text a double does not give back is held as a string that begins with NUL, which no
 * mended string contains, and is printed as the number it was.
 */
const MARK = '\u0000';
/** A number, and the colon after it that makes it a key, which JSON does not allow. */
const NUMBER = /(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(\s*:)?/g;

/** The text of a number, whichever way it is held; undefined for all else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(1) : undefined;
}

const isGivenBack = (text: string): boolean => String(Number(text)) === text;

/** The way a number's text is held. */
export const heldNumber = (text: string): number | string => (isGivenBack(text) ? Number(text) : MARK + text);

/** The same as a text of JSON. */
export const heldText = (text: string): string => (isGivenBack(text) ? text : `"\\u0000${text}"`);

/** A text of JSON with its numbers and its strings, in their quotes, as they are to be. */
export function rewritten(
  text: string,
  number: (text: string) => string,
  string: (text: string) => string,
): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    const between = text.slice(at, quote < 0 ? text.length : quote);
    parts.push(
      between.replace(NUMBER, (all, found: string, colon: string | undefined) =>
        // What is no JSON stays as it is, for JSON.parse to refuse.
        colon !== undefined || /^-?0\d/.test(found) ? all : number(found),
      ),
    );
    if (quote < 0) break;
    const end = closingQuote(text, quote);
    if (end < 0) return text;
    parts.push(string(text.slice(quote, end + 1)));
    at = end + 1;
  }
  return parts.join('');
}

function closingQuote(text: string, open: number): number {
  let end = open;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}

/** As `JSON.parse`, with every number as it is written. Throws a SyntaxError for what is not JSON. */
export const parseKept = (text: string): unknown => JSON.parse(rewritten(text, heldText, (string) => string));

/** What is held is printed as the number it was; nothing in it is a line end to anybody. */
export const printJson = (value: unknown, indent?: string | number): string =>
  JSON.stringify(value, null, indent)
    .replace(/"\\u0000(-?[0-9][0-9.eE+-]*)"/g, '$1')
    .replace(/[\u2028\u2029\u0085]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
