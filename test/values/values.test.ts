/** What a user would lose if this failed: a digit, a name, or a line that a target takes for two. */
import { expect } from 'chai';
import fc from 'fast-check';
import { printJson } from '../../src/numbers.js';
import { line } from '../../src/protocol/protocol.js';
import { tokens } from '../klaviyo/tokens.js';
import { Folder } from '../promises/harness.js';
import { at, event, page, profile, read, valueIn, WAYS } from './answering.js';

/** What Python's `str.splitlines` takes for line ends beside `\n`, which ends each line. */
const LINE_ENDS = ['\v', '\f', '\r', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'];
const splitting = new RegExp(`[${LINE_ENDS.join('')}]`);

const NUMBERS = [
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551616',
  '1234567890123456789012345678901234567890',
  '1.0',
  '-0',
  '-0.0',
  '0.10',
  '100.00',
  '0.1000000000000000055511151231257827',
  '1e5',
  '1E+2',
  '1.5e-7',
  '0.0000001',
  '12345678901234567.25',
];

describe('values as whole runs give them', () => {
  const folder = new Folder();
  after(() => folder.remove());

  for (const { way, stream, path, column, body } of WAYS) {
    it(`V1 I13 the text of a number is what came, ${way}`, async () => {
      // An exponent makes the scanner leave a page to the parser: those have a run of their own.
      for (const numbers of [NUMBERS.filter((text) => !/e/i.test(text)), NUMBERS]) {
        const list = `[${numbers.join(',')}]`;
        const properties = `{"list":${list},"deep":{"er":[{"n":${numbers.join('},{"n":')}}]}}`;
        const left = await read(folder, [stream], at(path, body(properties)));
        expect(left.code, left.stderr).to.equal(0);
        expect(left.lines(stream)[0]).to.contain(`"${column}":${properties}`);
      }
    });

    it(`V1 1e400 becomes a string and is counted, ${way}; wide integers only where it is asked for`, async () => {
      const answer = at(
        path,
        body('{"a":1e400,"b":-1E999,"c":18446744073709551616,"d":9223372036854775807}'),
      );
      const keep = await read(folder, [stream], answer);
      expect(keep.lines(stream)[0]).to.contain(
        `"${column}":{"a":"1e400","b":"-1E999","c":18446744073709551616,"d":9223372036854775807}`,
      );
      expect(keep.warned(/values changed/)[0]).to.contain('2 numbers beyond a double made strings');
      const text = await read(folder, [stream], answer, { config: { wide_integers: 'string' } });
      expect(text.lines(stream)[0]).to.contain('"c":"18446744073709551616","d":9223372036854775807}');
      expect(text.warned(/values changed/)[0]).to.contain('1 wide integers made strings');
    });

    it(`V9 no line holds what some readers take for its end, in values and names, ${way}`, async () => {
      const inner = LINE_ENDS.join('x');
      const raw = Object.fromEntries([inner, ...LINE_ENDS, '🎉'].map((text) => [`k${text}`, `v${text}🎉`]));
      const escaped = JSON.stringify(raw);
      for (const properties of [
        escaped,
        escaped.replace(
          /[\x85\u2028\u2029]/g,
          (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      ]) {
        const left = await read(folder, [stream], at(path, body(properties)));
        expect(left.code, left.stderr).to.equal(0);
        expect(left.stdout).to.not.match(splitting);
        expect(left.rows(stream)[0]?.[column]).to.deep.equal(raw);
      }
      const nul = await read(folder, [stream], at(path, body('{"a\\u0000b":"c\\u0000"}')));
      expect(nul.rows(stream)[0]?.[column]).to.deep.equal({ ab: 'c' });
      expect(nul.warned(/2 NUL characters removed/)).to.have.length(1);
    });

    it(`V9 ids too, in states and in lines for people, ${way}`, async () => {
      const id = `a${LINE_ENDS.join('')}b`;
      const object = stream === 'event_v2' ? event('[]', id) : profile('[]', id);
      for (const protocol of ['singer', 'airbyte'] as const) {
        const left = await read(folder, [stream], at(path, page([object])), { protocol });
        expect(left.code, left.stderr).to.equal(0);
        expect(left.stdout + left.stderr).to.not.match(splitting);
        expect(left.stdout).to.contain('"id":"a\\u000b\\f\\r\\u001c\\u001d\\u001e\\u0085\\u2028\\u2029b"');
      }
    });

    it(`V8 names of any form stay inside their column, ${way}`, async () => {
      const names = [
        'Name',
        'name',
        'NAME',
        'a.b',
        'a b',
        '$email',
        '$value',
        '🎉',
        '',
        ' ',
        '"',
        '\\',
        "'; DROP TABLE",
        'é',
        'e\u0301',
        'n'.repeat(10_000),
        '1',
        '01',
        'id',
        column,
      ];
      const properties = Object.fromEntries(names.map((name, n) => [name, n]));
      const left = await read(folder, [stream], at(path, body(JSON.stringify(properties))));
      expect(left.code, left.stderr).to.equal(0);
      const [row] = left.rows(stream);
      expect(row?.[column]).to.deep.equal(properties);
      expect(Object.keys((row?.[column] ?? {}) as object)).to.have.length(names.length);
      const empty = await read(folder, [stream], at(path, body('{}')));
      expect(Object.keys(row ?? {})).to.deep.equal(Object.keys(empty.rows(stream)[0] ?? {}));
      expect(left.warned(/./)).to.deep.equal([]);
    });

    it(`V7 300 properties, 4,000 items, a field of 100 kB, 5 MB in all, ${way}`, async () => {
      const many: Record<string, unknown> = Object.fromEntries(
        Array.from({ length: 300 }, (_, n) => [`property ${n}`, n < 48 ? 'f'.repeat(100_000) : n]),
      );
      many.items = Array.from({ length: 4_000 }, (_, n) => ({ sku: `s${n}`, quantity: n, price: 1.5 }));
      const text = JSON.stringify(many);
      expect(text.length).to.be.within(4_900_000, 5_100_000);
      const left = await read(folder, [stream], at(path, body(text)));
      expect(left.code, left.stderr).to.equal(0);
      expect(valueIn(left.lines(stream)[0], column).startsWith(text)).to.equal(true);
      expect(left.warned(/./)).to.deep.equal([]);
    });
  }

  it('V10 a profile that was redacted passes: null, other types, other members', async () => {
    const redacted = {
      email: '[REDACTED]',
      phone_number: null,
      first_name: null,
      location: null,
      subscriptions: null,
      image: false,
      title: { redacted: true },
      created: null,
      redacted_at: '2026-08-01',
    };
    for (const properties of ['null', '[]', '""', '{}']) {
      const left = await read(
        folder,
        ['profile_v2'],
        at('/api/profiles', page([profile(properties, 'p1', redacted), profile('{}', 'p2')])),
      );
      expect(left.code, left.stderr).to.equal(0);
      const [row] = left.rows('profile_v2');
      expect(row).to.include({
        id: 'p1',
        email: '[REDACTED]',
        first_name: null,
        location: null,
        title: null,
        created: null,
        image: 'false',
      });
      expect(row?.additional_attributes).to.deep.include({
        redacted_at: '2026-08-01',
        title: { redacted: true },
      });
      expect(left.rows('profile_v2')).to.have.length(2);
    }
  });

  it('V10 an event whose person is gone passes', async () => {
    const gone = event('{"$value":null}').replace('{"data":{"type":"profile","id":"p"}}', '{"data":null}');
    const left = await read(folder, ['event_v2'], at('/api/events', page([gone])));
    expect(left.code, left.stderr).to.equal(0);
    expect(left.rows('event_v2')[0]).to.include({ id: 'e1', profile_id: null, value: null });
    expect(left.warned(/./)).to.deep.equal([]);
  });

  it('V4 a date that is none: null, told with what came, and the row goes out; the bookmark is not moved by it', async () => {
    for (const [path, stream, object, column] of [
      ['/api/profiles', 'profile_v2', profile('{}', 'p1', { updated: '0000-00-00' }), 'updated'],
      [
        '/api/events',
        'event_v2',
        event('{}').replace(/"datetime":"[^"]+"/, '"datetime":"0000-00-00"'),
        'datetime',
      ],
    ] as const) {
      const left = await read(folder, [stream], at(path, page([object])));
      expect(left.code, left.stderr).to.equal(0);
      expect(left.rows(stream)[0]?.[column]).to.equal(null);
      expect(left.warned(/no date/)).to.deep.equal([
        `WARNING ${stream}.${column} holds "0000-00-00", which is no date: null there`,
      ]);
      expect(left.gaps(stream)).to.deep.equal([]);
    }
  });

  it('V9 whatever is printed, no line holds what some readers take for its end', () => {
    const unit = fc.oneof(
      fc.constantFrom(...LINE_ENDS, '\n', '\\', '"'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    );
    const text = fc.string({ unit, maxLength: 8 });
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        expect(printJson(value)).to.not.match(splitting);
        expect(printJson(value)).to.not.contain('\n');
        expect(line(value)).to.not.match(splitting);
        expect(line(value)).to.match(/^[^\n]+\n$/);
        expect(tokens(line(value))).to.deep.equal(tokens(JSON.stringify(value)));
      }),
    );
  });
});

describe('Y6: text made to slow a reader down', () => {
  const folder = new Folder();
  after(() => folder.remove());

  /** What the processor spends on a whole read, whatever else the machine does. */
  async function cost(answer: string): Promise<number> {
    const before = process.cpuUsage();
    const left = await read(folder, ['event_v2'], at('/api/events', answer));
    const { user, system } = process.cpuUsage(before);
    expect(left.code, left.stderr).to.equal(0);
    return (user + system) / 1000;
  }

  const inEvent =
    (before: string, part: string, after: string) =>
    (bytes: number): string =>
      page([event(`{"a":${before}${part.repeat(Math.ceil(bytes / part.length))}${after}}`)]);
  const dated =
    (part: string) =>
    (bytes: number): string =>
      page([
        event('{}').replace(
          /"datetime":"[^"]+"/,
          `"datetime":"2026-01-01T00:00:00${part.repeat(Math.ceil(bytes / part.length))}"`,
        ),
      ]);
  for (const [what, of] of [
    ['digits', inEvent('[1.', '0', '1]')],
    ['numbers', inEvent('[1e1', ',1.0', ']')],
    ['escapes', inEvent('"\\u0000', '\\"\\\\', '"')],
    ['halves of surrogates', inEvent('"', '\\ud83d', '"')],
    ['what looks like a held number', inEvent('"', '\\"\\\\u00001', '"')],
    ['brackets that close at once', inEvent('[[]', ',[]', ']')],
    ['digits after a date', dated('.1')],
    ['offsets after a date', dated('+00:00')],
  ] as const)
    it(`Y6 four times as much of ${what} costs about four times as much, not sixteen`, async () => {
      const [little, much] = [of(300_000), of(1_200_000)];
      await cost(little);
      const quarter = Math.min(await cost(little), await cost(little));
      // A second of a processor is little beside the square of a megabyte, and much beside its length.
      expect(Math.min(await cost(much), await cost(much))).to.be.below(Math.max(1_000, quarter * 12));
    });
});
