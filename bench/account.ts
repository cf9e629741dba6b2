/** Starts the account, and asks it what it was asked. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Account, Asked, Serving } from './sandbox.js';

export interface Served {
  readonly account: Account;
  asked(): Promise<Readonly<Record<string, Asked>>>;
  close(): void;
}

const SANDBOX = fileURLToPath(new URL('./sandbox.js', import.meta.url));

export async function serveAccount(options: Serving): Promise<Served> {
  const child = fork(SANDBOX, [JSON.stringify(options)]);
  const [account] = (await once(child, 'message')) as [Account];
  return {
    account,
    async asked() {
      child.send('asked');
      const [asked] = (await once(child, 'message')) as [Readonly<Record<string, Asked>>];
      return asked;
    },
    close: () => child.disconnect(),
  };
}
