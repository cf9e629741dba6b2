/** Lines for people. The one place where text that leaves the process is masked. */

export type Level = 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: Level, text: string) => void;

/** Hides every secret it was told of so far. */
export interface Mask {
  (text: string): string;
  readonly hide: (...secrets: readonly string[]) => void;
}

export function createMask(): Mask {
  const secrets = new Set<string>();
  let mask = masker([]);
  return Object.assign((text: string) => mask(text), {
    hide: (...more: readonly string[]): void => {
      for (const secret of more) secrets.add(secret);
      mask = masker([...secrets]);
    },
  });
}

/** Hides a secret in every form it may have taken: plain, URL-encoded, in JSON, in base64. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      ...[0, 1, 2].map((before) => inBase64(secret, before)),
    ])
    .filter((form) => form.length >= 4);
  const unique = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => unique.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}

/** What base64 makes of a secret behind so many other bytes: only the characters that are of the secret alone. */
const inBase64 = (secret: string, before: number): string =>
  Buffer.from(`${' '.repeat(before)}${secret}`)
    .toString('base64')
    .slice(Math.ceil((before * 8) / 6), Math.floor(((before + Buffer.byteLength(secret)) * 8) / 6));

/** A name in the data may hold a line feed or a terminal's escape; a log line stays one line. */
export const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) =>
    char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
