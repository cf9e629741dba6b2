import type { SandboxFlags } from '../commands.js';
import { Fault } from '../errors.js';
import { Interrupted, type Io } from '../io.js';
import { startSandbox } from './index.js';

/** Serves the account until the process is told to stop. */
export async function serve(flags: SandboxFlags, io: Io): Promise<number> {
  const { port, ...account } = flags;
  const sandbox = await startSandbox({ ...account, port }).catch((error: NodeJS.ErrnoException) => {
    const why = { EADDRINUSE: 'is in use', EACCES: 'may not be opened' }[error.code ?? ''];
    throw why === undefined
      ? error
      : new Fault('KLV_USAGE', `port ${port} ${why}`, { remedy: 'choose another with --port' });
  });
  const config = JSON.stringify({ api_key: sandbox.apiKey, base_url: sandbox.url, start_date: '2000-01-01' });
  io.err(`A Klaviyo account on ${sandbox.url}, until Ctrl-C. A config for it:\n${config}\n`);
  if (!io.signal.aborted)
    await new Promise<void>((resolve) => {
      io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  await sandbox.close();
  // Being stopped is how serving ends, not a failure of it.
  if (!(io.signal.reason instanceof Interrupted)) throw io.signal.reason;
  return 0;
}
