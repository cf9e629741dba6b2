/** Every line that leaves the executable, in runs of all kinds and ends, held to the protocols' own models. */
import { closeSync, openSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SCOPES } from '../../src/sandbox/index.js';
import {
  type AirbyteMessage,
  configFor,
  configured,
  execute,
  Folder,
  launch,
  messages,
  type SingerMessage,
} from '../promises/harness.js';
import { truthOf } from '../promises/truth.js';
import { forEach, KINDS, type Kind, python, serve } from './clients.js';
import { client } from './environment.js';

const models = client('messages');
type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

const ENOUGH = 100_000;

/** A read that is stopped in its midst. It writes into the file itself: for a slow reader its end is cut short. */
async function stopped(path: string, args: readonly string[]): Promise<number | null> {
  const file = openSync(path, 'w');
  const { child, ended } = launch(args, { stdout: file });
  const watcher = watch(path, () => {
    if (!child.killed && statSync(path).size > ENOUGH) child.kill('SIGTERM');
  });
  try {
    return (await ended).code;
  } finally {
    watcher.close();
    closeSync(file);
  }
}

/** The same runs in either protocol, each written into a file of its own. Returns how many rows the account has. */
async function record(kind: Kind, protocol: 'airbyte' | 'singer', folder: string): Promise<number> {
  const account = await serve(kind, { profiles: 150, events: 1_000, flows: 3 });
  const poor = await serve(kind, {
    profiles: 20,
    events: 20,
    scopes: SCOPES.filter((s) => s !== 'flows:read'),
  });
  const slow = await serve(kind, { profiles: 300, events: 2_000, latencyMs: 60 });
  try {
    const { config, sandbox } = account;
    const refused = account.folder.write('refused.json', configFor(sandbox, { api_key: 'pk_of_nobody' }));
    const told = async (name: string, code: number, args: readonly string[]) => {
      const ended = await execute(args);
      expect(ended.code, `${name} of ${kind}: ${ended.stderr}`).to.equal(code);
      writeFileSync(join(folder, `${name}.jsonl`), ended.stdout);
      return ended.stdout;
    };
    const read = ['read', '--protocol', protocol, '--config'];
    const catalog: string[] = [];
    if (protocol === 'airbyte') {
      await told('spec', 0, ['spec']);
      await told('check', 0, ['check', '--config', config]);
      await told('check_refused', 0, ['check', '--config', refused]);
      await told('check_scope', 0, ['check', '--config', poor.config]);
      const [found] = await messages<AirbyteMessage>(
        await told('discover', 0, ['discover', '--config', config]),
      );
      catalog.push(
        '--catalog',
        account.folder.write('catalog.json', configured(found?.catalog.streams ?? [])),
      );
    } else {
      const { stdout } = await execute(['discover', '--protocol', protocol]);
      writeFileSync(join(folder, 'catalog.json'), stdout);
      catalog.push('--catalog', join(folder, 'catalog.json'));
    }
    const first = await told('read', 0, [...read, config, ...catalog]);
    const rows = [...truthOf(sandbox.account).values()].reduce((sum, { size }) => sum + size, 0);
    const all = await messages<AirbyteMessage & SingerMessage>(first);
    const states = all.filter(({ type }) => type === 'STATE');
    const state = protocol === 'airbyte' ? states.map((one) => one.state) : states.at(-1)?.value;
    sandbox.advance(2);
    const resumed = ['--state', account.folder.write('state.json', state)];
    await told('incremental', 0, [...read, config, ...catalog, ...resumed]);
    await told('refused', 2, [...read, refused, ...catalog]);
    await told('scope', 2, [...read, poor.config, ...catalog]);
    expect(await stopped(join(folder, 'stopped.jsonl'), [...read, slow.config, ...catalog])).to.equal(143);
    return rows;
  } finally {
    for (const one of [account, poor, slow]) await one.close();
  }
}

/** Counts by run and type of message. Whatever is not of the protocol has failed before. */
async function counts(protocol: 'airbyte' | 'singer', kind: Kind): Promise<{ rows: number; of: Counts }> {
  const folder = new Folder();
  try {
    const rows = await record(kind, protocol, folder.path);
    return { rows, of: await python<Counts>(await models.bin(), 'messages.py', [protocol, folder.path]) };
  } finally {
    folder.remove();
  }
}

const kindsOf = (run: Counts[string] | undefined): string[] => Object.keys(run ?? {}).sort();

describe('every message is one of its protocol, on the shop and on the nasty account', () => {
  it(`airbyte-protocol-models-pdv2 ${models.version}: spec, check, discover, and reads of every end`, async () => {
    await forEach(KINDS, async (kind) => {
      const { rows, of } = await counts('airbyte', kind);
      expect(of.spec).to.deep.equal({ SPEC: 1 });
      expect(of.discover).to.deep.equal({ CATALOG: 1 });
      for (const check of ['check', 'check_refused', 'check_scope'])
        expect(of[check], check).to.include({ CONNECTION_STATUS: 1 });
      const whole = { 'TRACE STARTED': 18, 'TRACE RUNNING': 18, 'TRACE COMPLETE': 18 };
      expect(of.read).to.include({ ...whole, RECORD: rows });
      expect(of.incremental).to.include({ 'TRACE STARTED': 18, 'TRACE COMPLETE': 18 });
      expect(of.incremental?.RECORD, 'rows of the increment').to.be.within(1, rows / 2);
      expect(kindsOf(of.refused)).to.include('TRACE ERROR').and.to.not.include('RECORD');
      expect(of.scope).to.include({ 'TRACE COMPLETE': 15, 'TRACE INCOMPLETE': 3, 'TRACE ERROR': 3 });
      expect(of.stopped?.RECORD, 'rows before the signal').to.be.within(50, 2_000);
      expect(kindsOf(of.stopped)).to.include.members(['STATE', 'TRACE INCOMPLETE']);
    });
  });

  it(`singer-python ${models.pin('singer-python')}, jsonschema ${models.pin('jsonschema')}: reads of every end, rows by drafts 4 and 7`, async () => {
    await forEach(KINDS, async (kind) => {
      const { rows, of } = await counts('singer', kind);
      expect(of.read).to.include({ SCHEMA: 18, RECORD: rows, ACTIVATE_VERSION: 2 });
      expect(of.incremental?.SCHEMA).to.equal(18);
      expect(of.incremental?.RECORD, 'rows of the increment').to.be.within(1, rows / 2);
      expect(kindsOf(of.refused)).to.not.include('RECORD');
      expect(kindsOf(of.scope)).to.include.members(['RECORD', 'SCHEMA', 'STATE']);
      expect(of.stopped?.RECORD, 'rows before the signal').to.be.within(50, 2_000);
      expect(kindsOf(of.stopped)).to.include('STATE');
    });
  });
});
