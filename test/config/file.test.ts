/** Files that cannot be read, and texts that are not JSON: where, and never what is in them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect } from 'chai';
import fc from 'fast-check';
import { compiler } from '../../scripts/generate/shapes.js';
import { parseFile, parseJson, readText, shapeOf } from '../../src/file.js';
import { firstError } from '../../src/json-syntax.js';
import { refusal } from './lines.js';

const stateIn = (path: string): unknown =>
  parseFile(readText(path, 'KLV_STATE_UNREADABLE'), path, 'KLV_STATE_UNREADABLE');

const STATE = 'give the last state as it was written, or none to start over';

describe('files named by flags', () => {
  let folder = '';
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'k'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('C1: no such file', () => {
    expect(refusal(() => readText('./config.json.none', 'KLV_CONFIG_FILE'))).to.equal(
      'KLV_CONFIG_FILE cannot read ./config.json.none: no such file — check the path after --config',
    );
    expect(refusal(() => readText(join(file('plain', ''), 'x'), 'KLV_CATALOG_FILE'))).to.match(
      /^KLV_CATALOG_FILE cannot read .*: no such file — check the path after --catalog$/,
    );
  });

  it('C1: a folder', () => {
    expect(refusal(() => readText(folder, 'KLV_CONFIG_FILE'))).to.equal(
      `KLV_CONFIG_FILE cannot read ${folder}: it is a folder — check the path after --config`,
    );
  });

  it('C1: no permission', () => {
    const path = file('locked', '{}');
    mkdirSync(join(folder, 'open'));
    chmodSync(path, 0o000);
    // The superuser may read everything, so that the test steps down.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      expect(refusal(() => readText(path, 'KLV_CONFIG_FILE'))).to.equal(
        `KLV_CONFIG_FILE cannot read ${path}: no permission — check the path after --config`,
      );
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('C2: a byte order mark is dropped', () => {
    expect(readText(file('bom', '\uFEFF{}'), 'KLV_CONFIG_FILE')).to.equal('{}');
  });

  it('S1: a state that is not JSON is told by the byte', () => {
    const cases: readonly (readonly [string | Uint8Array, string])[] = [
      ['', 'byte 0: the file is empty'],
      ['{"é": nul}', 'byte 7: expected a value'],
      [
        '{"bookmarks": {"event_v2": {"until": "2026',
        `byte 42: expected '"' before the line ends, got the end of the file`,
      ],
      [Buffer.from('\uFEFF{"a": 1}', 'utf16le'), 'byte 0: the text is UTF-16'],
    ];
    for (const [content, what] of cases) {
      const path = file('state.json', content);
      expect(refusal(() => stateIn(path))).to.equal(`KLV_STATE_UNREADABLE ${path}, ${what} — ${STATE}`);
    }
  });

  it('S2: null and an empty object are read as they are', () => {
    expect(stateIn(file('null', 'null\n'))).to.equal(null);
    expect(stateIn(file('empty', '{}'))).to.deep.equal({});
  });
});

describe('where a text stops being JSON', () => {
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('C2: is found in a text exactly when the parser refuses it', () => {
    const changed = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom(
          '',
          '"',
          ',',
          '}',
          ']',
          '{',
          '[',
          ':',
          '\\',
          '\n',
          '\0',
          '0',
          '-',
          '.',
          'e',
          't',
          'é',
        ),
      )
      .map(([text, at, put]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + put + text.slice(put === '' ? cut + 1 : cut);
      });
    const pieces = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '"a"',
          '1',
          '-',
          '01',
          '1.',
          '1e',
          'true',
          'nul',
          ' ',
          '"\\u12"',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(changed, pieces, fc.json(), fc.string()), (text) => {
        const error = firstError(text);
        expect(error === undefined, text).to.equal(isJson(text));
        // What was accepted before the error could have gone on: an error is never found too late.
        if (error !== undefined) expect(error.at).to.be.within(0, text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('C2: no depth overflows', () => {
    expect(firstError('['.repeat(300_000))).to.deep.equal({ at: 300_000, expected: 'a value' });
    expect(firstError(`${'['.repeat(300_000)}${']'.repeat(300_000)}`)).to.equal(undefined);
  });

  it('C2: five megabytes of an open text take no time', function () {
    this.timeout(3000);
    expect(firstError(`{"a": "${'\\\\'.repeat(2_500_000)}`)?.at).to.equal(5_000_007);
  });

  it('C2: no line holds the content', () => {
    const canary = 'pk_canary0123456789';
    fc.assert(
      fc.property(fc.nat(40), (cut) => {
        const text = `{"api_key": "${canary}", "x": [1, 2, {"y": null}]}`.slice(0, -1 - cut);
        const line = refusal(() => parseJson(text, 'config.json', 'KLV_CONFIG_JSON'));
        expect(line).not.to.contain('canary').and.not.to.contain('pk_');
      }),
    );
  });
});

describe('shapes', () => {
  it('name the path, what must be there and what is', () => {
    const shape = {
      type: 'object',
      required: ['a'],
      properties: {
        a: {
          type: 'array',
          items: { type: 'object', properties: { b: { type: ['integer', 'null'], minimum: 1 } } },
        },
      },
    };
    const misfit = shapeOf(compiler({}).compile(shape));
    expect(misfit({ a: [{ b: null }, {}] })).to.equal(undefined);
    expect(misfit([])).to.deep.include({ path: '', expected: 'an object' });
    expect(misfit({})).to.deep.include({ path: 'a', value: undefined });
    expect(misfit({ a: [{}, { b: 0 }] })).to.deep.equal({
      path: 'a[1].b',
      expected: 'a whole number from 1',
      value: 0,
    });
  });
});
