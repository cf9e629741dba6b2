/**
 * Carries out a command and says with which code the process ends. What one command alone needs is loaded by it:
 * programs call `spec` and `discover` again and again, and nearly all of their time would go into loading.
 */
import type { CheckResult } from './check.js';
import type { Command, Flags } from './commands.js';
import { CUT_MS, lastCall } from './ending.js';
import { asFault, exitCode, Fault } from './errors.js';
import { Interrupted, type Io } from './io.js';
import { impersonal, type Log, talk, tellFault } from './log.js';
import { ReaderGone } from './output.js';
import { packageInfo, spec } from './packaged.js';
import { plainCommand } from './plain.js';
import type { ProtocolName } from './protocol/protocol.js';
import type { Config } from './resource.js';
import type { Farewell } from './run.js';

/** `name`: what the executable was called as. Never throws. */
export async function run(argv: readonly string[], name: string, io: Io): Promise<number> {
  const call = lastCall(io);
  const within = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, call]);
  /** A protocol that has begun to speak says how it ended, whatever ended it. */
  let farewell: Farewell = () => '';
  const say = async (fault?: Fault): Promise<void> => {
    io.out.write(farewell(fault)).catch(() => {});
    await io.out.flush();
  };
  try {
    const command = plainCommand(argv, name) ?? (await understood(argv, name));
    const code = await within(
      carryOut(command, io, (words) => {
        farewell = words;
      }),
    );
    await within(io.out.flush());
    return code;
  } catch (error) {
    const reason = io.signal.aborted ? io.signal.reason : error;
    if (reason instanceof ReaderGone) return 141;
    if (reason instanceof Interrupted) {
      await within(say()).catch(() => {});
      return reason.exitCode;
    }
    const fault = asFault(reason);
    tellFault(fault, io);
    // The call has gone out already where the run is broken.
    await (io.signal.aborted ? Promise.race([say(fault), io.clock.sleep(CUT_MS)]) : within(say(fault))).catch(
      () => {},
    );
    return exitCode([fault]);
  }
}

async function understood(argv: readonly string[], name: string): Promise<Command> {
  const { parseCommand } = await import('./cli.js');
  return parseCommand(argv, name);
}

async function carryOut(command: Command, io: Io, hear: (words: Farewell) => void): Promise<number> {
  switch (command.command) {
    case 'help':
      io.err(`${command.text}\n`);
      return 0;
    case 'version':
      await io.out.write(`${packageInfo().name} ${packageInfo().version}\n`);
      return 0;
    case 'about':
      await io.out.write(await about(command.format));
      return 0;
    case 'spec':
      await io.out.write(printed({ type: 'SPEC', spec: spec() }));
      return 0;
    case 'discover':
      return discover(command.flags, command.protocol ?? 'airbyte', io);
    case 'check':
      return runCheck(command.flags, command.protocol ?? 'airbyte', io);
    case 'read':
    case 'test': {
      const { config, ...flags } = command.flags;
      const { runRead } = await import('./run.js');
      return runRead(
        {
          config: needed(config),
          ...flags,
          ...(command.protocol === undefined ? {} : { protocol: command.protocol }),
          sample: command.command === 'test',
        },
        io,
        { farewell: hear },
      );
    }
    case 'position': {
      const { position } = await import('./position/command.js');
      return position(command.flags, io);
    }
    case 'sandbox': {
      const { serve } = await import('./sandbox/serve.js');
      return serve(command.sandbox, io);
    }
    case 'demo': {
      const { demo } = await import('./demo.js');
      return demo(command.sandbox, command.output, io);
    }
  }
}

/** For what the package itself says: nothing of it could break a line, as an id may. */
const printed = (document: object, indent = 0): string => `${JSON.stringify(document, null, indent)}\n`;

async function about(format: 'json' | 'markdown' | 'text'): Promise<string> {
  const { name, version, description } = packageInfo();
  if (format === 'text') return `${name} ${version}\n${description}\n`;
  const { aboutJson, aboutMarkdown } = await import('./about.js');
  return format === 'json' ? printed(aboutJson(), 2) : `${aboutMarkdown()}\n`;
}

function needed(config: string | undefined): string {
  if (config === undefined) throw new Fault('KLV_USAGE', '--config is missing');
  return config;
}

/** The config is looked at, where one is given, so that a wrong one shows early; nothing of it is needed, nor a key. */
async function discover(flags: Flags, protocol: ProtocolName, io: Io): Promise<number> {
  const { airbyteCatalog, singerCatalog } = await import('./discover.js');
  if (flags.config !== undefined) await warned(flags, io, 'may lack');
  await io.out.write(
    protocol === 'airbyte'
      ? printed({ type: 'CATALOG', catalog: airbyteCatalog() })
      : printed(singerCatalog(), 2),
  );
  return 0;
}

async function warned(
  flags: Flags,
  io: Io,
  key?: 'may lack',
): Promise<{ readonly config: Config; readonly log: Log }> {
  const { loadConfig } = await import('./settings.js');
  const { config, warnings } = await loadConfig(needed(flags.config), io, key === undefined ? {} : { key });
  const log = talk(io, flags.debug);
  for (const warning of warnings) log('warn', warning);
  return { config, log };
}

/** Airbyte hears of a failed check in a message, not in the exit code. */
async function runCheck(flags: Flags, protocol: ProtocolName, io: Io): Promise<number> {
  let result: CheckResult;
  try {
    result = await checkWith(flags, io);
    io.signal.throwIfAborted();
  } catch (error) {
    if (io.signal.aborted || (error instanceof Fault && error.code === 'KLV_USAGE')) throw error;
    const fault = asFault(error);
    result = { ok: false, problems: [fault.message], granted: [], fault };
  }
  const { checkMessage, checkTable } = await import('./check-report.js');
  const { ok, problems, fault, report } = result;
  const message = checkMessage(result);
  if (protocol === 'airbyte') {
    const { line } = await import('./protocol/protocol.js');
    const status = { status: ok ? 'SUCCEEDED' : 'FAILED', message: impersonal(io.mask(message)) };
    await io.out.write(line({ type: 'CONNECTION_STATUS', connectionStatus: status }));
  }
  const log = talk(io, flags.debug);
  const columns = io.terminal?.columns();
  const isSeen = protocol === 'singer' || columns !== undefined;
  if (report !== undefined && isSeen) for (const text of checkTable(report, columns)) io.err(`${text}\n`);
  // A platform puts stderr into its log, beside the message.
  else if (ok) for (const text of message.split('\n')) log('info', text);
  for (const problem of problems) log('error', problem);
  return ok || protocol === 'airbyte' ? 0 : exitCode(fault === undefined ? [] : [fault]);
}

async function checkWith(flags: Flags, io: Io): Promise<CheckResult> {
  const { config, log } = await warned(flags, io);
  const { checkKey, toCheck } = await import('./check.js');
  return checkKey(config, toCheck(flags.catalog), io, log);
}
