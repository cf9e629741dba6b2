/** The key of a run: it may be replaced in the account while a run of hours goes on. */
export interface Key {
  readonly now: () => string;
  /** Masks every key that was used: an answer may repeat what it was asked with. */
  readonly hide: (text: string) => string;
  /** A key that had worked was refused: true if there is another one. It is looked for once a run. */
  readonly renewed: (refused: string) => Promise<boolean>;
}

/** `fresh`: the key as it is configured by now. */
export function createKey(
  first: string,
  fresh: () => Promise<string | undefined>,
  log: (level: 'info' | 'warn', text: string) => void,
): Key {
  let now = first;
  const used = new Set([first]);
  let reading: Promise<string | undefined> | undefined;
  const read = (): Promise<string | undefined> =>
    fresh().catch((error: unknown) => {
      log('warn', `the api_key cannot be read again: ${error instanceof Error ? error.message : error}`);
      return undefined;
    });
  return {
    now: () => now,
    hide: (text) => [...used].reduce((masked, key) => masked.replaceAll(key, '***'), text),
    async renewed(refused) {
      reading ??= read();
      const found = await reading;
      // Requests that went out with the old key may be refused after another one has taken the new key on.
      if (now !== refused) return true;
      if (found === undefined || found === refused) return false;
      log('info', 'the api_key was replaced during the run; the new one is used from here on');
      used.add(found);
      now = found;
      return true;
    },
  };
}
