/** Markup that no data can break: what is put into a template is escaped, unless it was made by a template itself. */

const MARKUP = Symbol('markup');

/** Only this file can make one: no text that came from data is taken for markup. */
export interface Html {
  readonly [MARKUP]: string;
}

export type Part = Html | string | number | undefined | readonly Part[];

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * What a browser would drop, or obey: control characters, changes of direction, halves of a surrogate pair, what is no
 * character. They are shown as JSON writes them, so that a JSON text stays the same JSON.
 */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\p{Bidi_Control}\u2028\u2029]/gu;

const inJson = (char: string): string =>
  Array.from(
    { length: char.length },
    (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

const escaped = (text: string): string =>
  text.replace(UNSEEN, inJson).replace(/[&<>"']/g, (char) => NAMED[char] ?? char);

function printed(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return MARKUP in part ? part[MARKUP] : part.map(printed).join('');
}

/** Attributes stand in double quotes, always. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  [MARKUP]: texts.map((text, at) => text + printed(parts[at])).join(''),
});

/** For what is ours and no markup: a style sheet. */
export const verbatim = (text: string): Html => ({ [MARKUP]: text });

export const textOf = (made: Html): string => made[MARKUP];
