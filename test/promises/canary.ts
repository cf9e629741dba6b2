/** Looks for a key in what a process said: whole or any piece of it, in every form that text takes on its way. */

/** As many characters help whoever tries to guess the rest. */
const PIECE = 8;

const bytes = (text: string): string[] =>
  [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));

/** What base64 makes of a text behind so many other bytes: only the characters that are of the text alone. */
const base64 = (text: string, before: number): string =>
  Buffer.from(`${'-'.repeat(before)}${text}`)
    .toString('base64')
    .slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));

export const FORMS: Readonly<Record<string, (piece: string) => string>> = {
  plain: (piece) => piece,
  reversed: (piece) => [...piece].reverse().join(''),
  hex: (piece) => bytes(piece).join(''),
  'upper-case hex': (piece) => bytes(piece).join('').toUpperCase(),
  'URL-encoded': (piece) =>
    bytes(piece)
      .map((byte) => `%${byte.toUpperCase()}`)
      .join(''),
  'JSON-escaped': (piece) =>
    bytes(piece)
      .map((byte) => `\\u00${byte}`)
      .join(''),
  base64: (piece) => base64(piece, 0),
  'base64 behind one byte': (piece) => base64(piece, 1),
  'base64 behind two bytes': (piece) => base64(piece, 2),
};

/** Tells where a text holds a piece of the key, and in which form; undefined: nowhere. */
export function canary(key: string): (text: string) => string | undefined {
  const pieces = Array.from({ length: key.length - PIECE + 1 }, (_, at) => key.slice(at, at + PIECE));
  const needles = new Map(
    Object.entries(FORMS).flatMap(([form, encode]) => pieces.map((piece) => [encode(piece), form] as const)),
  );
  // In one pass: outputs have millions of characters, and there are hundreds of needles.
  const any = new RegExp([...needles.keys()].map((needle) => needle.replace(/[\\+]/g, '\\$&')).join('|'));
  return (text) => {
    const found = any.exec(text);
    if (found === null) return undefined;
    const around = text.slice(Math.max(0, found.index - 80), found.index + 80);
    return `the key leaks, ${needles.get(found[0])}: ${JSON.stringify(around)}`;
  };
}
