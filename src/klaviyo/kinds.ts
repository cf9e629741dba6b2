/** What a value may be, told by its first byte: one bit each, so that several may be allowed. */
export const [STRING, NUMBER, BOOLEAN, OBJECT, ARRAY, NULL] = [1, 2, 4, 8, 16, 32];
/** By first byte; zero for a byte that no value begins with. */
export const KINDS = new Uint8Array(256);
for (const [kind, letters] of [
  [STRING, '"'],
  [NUMBER, '-0123456789'],
  [BOOLEAN, 'tf'],
  [OBJECT, '{'],
  [ARRAY, '['],
  [NULL, 'n'],
] as const)
  for (const letter of letters) KINDS[letter.charCodeAt(0)] = kind;

/** Beside the kinds that a value may be of: it is to be written as instants are. */
export const INSTANT = 64;
/** The same: a number that has to be an integer. */
export const INTEGER = 128;
