/** Ids that tell their index, of one width, in the order of the indices. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const EVENT = 'EV';
const PROFILE = '01HTEST0000000000';

/** Two digits at once. */
const PAIRS = Array.from({ length: 1024 }, (_, n) => DIGITS.charAt(n >>> 5) + DIGITS.charAt(n & 31));
const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

const pair = (index: number, place: number): string =>
  PAIRS[Math.floor(index / 1024 ** place) % 1024] as string;

const id = (prefix: string, index: number): string =>
  prefix +
  DIGITS.charAt(Math.floor(index / 1024 ** 4)) +
  pair(index, 3) +
  pair(index, 2) +
  pair(index, 1) +
  pair(index, 0);

const hex = (value: number): string => {
  const byte = (place: number): string => HEX[(value >>> place) & 255] as string;
  return byte(24) + byte(16) + byte(8) + byte(0);
};

function indexOf(prefix: string, text: string): number | undefined {
  if (text.length !== prefix.length + 9 || !text.startsWith(prefix)) return undefined;
  let index = 0;
  for (const digit of text.slice(prefix.length)) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return undefined;
    index = index * 32 + value;
  }
  return index;
}

export const eventId = (index: number): string => id(EVENT, index);
export const profileId = (index: number): string => id(PROFILE, index);
export const eventIndex = (text: string): number | undefined => indexOf(EVENT, text);
export const profileIndex = (text: string): number | undefined => indexOf(PROFILE, text);

/** 36 characters, of which the last eight tell the index. */
export function eventUuid(index: number): string {
  const start = hex(Math.imul(index + 1, 0x9e3779b1));
  return `${start}-${start.slice(0, 4)}-11f0-8001-0000${hex(index)}`;
}
