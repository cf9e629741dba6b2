/** What a user would lose if this failed: a whole stream, or a whole run, to one row that nobody can name. */
import { expect } from 'chai';
import { noMends } from '../../src/klaviyo/json.js';
import { isDeep, MOST_BYTES, sizeLimit } from '../../src/row-limits.js';
import { Folder } from '../promises/harness.js';
import { at, DATE, event, page, profile, read, WAYS } from './answering.js';

const nested = (levels: number, open = '{"a":', close = '}'): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

describe('rows that are too deep', () => {
  const folder = new Folder();
  after(() => folder.remove());

  for (const { way, stream, path, body } of WAYS)
    for (const [what, properties] of [
      ['200,000 levels', nested(200_000)],
      ['1,000 levels', nested(1_000, '[{"a":', '}]').replace(/^\[/, '{"b":[').replace(/\]$/, ']}')],
    ] as const)
      it(`B9 ${what}, ${way}: KLV_ROW_TOO_DEEP names stream and id, and the others go on`, async () => {
        const metric = '{"type":"metric","id":"m","attributes":{"name":"n"}}';
        const left = await read(folder, [stream, 'metric_v2'], (url) =>
          url.pathname === path
            ? body(properties)
            : url.pathname === '/api/metrics'
              ? page([metric])
              : undefined,
        );
        expect(left.code).to.equal(1);
        const id = stream === 'event_v2' ? 'e1' : 'p1';
        expect(left.stderr).to.contain(
          `CRITICAL KLV_ROW_TOO_DEEP ${stream}: the row with id ${id} is nested more than 500 levels deep — shorten it in Klaviyo, or deselect its column\n`,
        );
        expect(left.stderr).to.not.match(/KLV_BUG|RangeError|\n\s+at /);
        expect(left.rows(stream)).to.deep.equal([]);
        expect(left.gaps(stream)).to.not.be.empty;
        expect(left.rows('metric_v2')).to.have.length(1);
        expect(left.gaps('metric_v2')).to.deep.equal([]);
      });

  it('B9 a deep column that is not selected stops nothing that goes out', async () => {
    const left = await read(folder, ['profile_v2'], at('/api/profiles', page([profile(nested(200_000))])), {
      without: { profile_v2: ['properties'] },
    });
    expect(left.code, left.stderr).to.equal(0);
    expect(left.rows('profile_v2').map(({ id, updated }) => [id, updated])).to.deep.equal([['p1', DATE]]);
  });

  it('B9 500 levels are passed whole, 501 are not, whichever way they come', async () => {
    for (const { stream, path, body, column } of WAYS) {
      // The row is a level, and the column's object the first of those that are nested.
      const passed = await read(folder, [stream], at(path, body(nested(499))));
      expect(passed.code, passed.stderr).to.equal(0);
      expect(passed.lines(stream)[0]).to.contain(`"${column}":${nested(499)}`);
      const refused = await read(folder, [stream], at(path, body(nested(500))));
      expect(refused.code).to.equal(1);
    }
  });

  it('B9 the depth of a row, whatever its strings hold', () => {
    expect(isDeep(nested(500))).to.equal(false);
    expect(isDeep(nested(501))).to.equal(true);
    expect(isDeep(nested(501, '[', ']'))).to.equal(true);
    expect(isDeep(`{"a":"${'[{'.repeat(400)}","b":[${'[],'.repeat(600)}1]}`)).to.equal(false);
    expect(isDeep(`{"a":"${'\\"[\\\\'.repeat(600)}","b":[${'{},'.repeat(600)}1]}`)).to.equal(false);
    expect(isDeep(`{"a":"\\\\","b":${nested(500)}}`)).to.equal(true);
    expect(isDeep(`{"a":"${']'.repeat(600)}","b":${nested(500)}}`)).to.equal(true);
  });
});

describe('rows that are too large', () => {
  const folder = new Folder();
  after(() => folder.remove());
  const large = (bytes: number): string => `{"blob":"${'x'.repeat(bytes)}"}`;

  it('B12 more than 20 MB: KLV_ROW_TOO_LARGE names stream and id, and the others go on', async () => {
    const answer = page([event(large(MOST_BYTES))]);
    const left = await read(folder, ['event_v2', 'metric_v2'], at('/api/events', answer));
    expect(left.code).to.equal(1);
    expect(left.stderr).to.contain(
      'CRITICAL KLV_ROW_TOO_LARGE event_v2: the row with id e1 is 20.0 MB of JSON, more than 20 MB — set oversize to "skip" to leave such rows out\n',
    );
    expect(left.rows('event_v2')).to.deep.equal([]);
    expect(left.gaps('event_v2')).to.not.be.empty;
    expect(left.gaps('metric_v2')).to.deep.equal([]);
  });

  it('B12 oversize: skip leaves it out, counts it and goes on', async () => {
    const answer = page([profile(large(MOST_BYTES)), profile('{}', 'small')]);
    const left = await read(folder, ['profile_v2'], at('/api/profiles', answer), {
      config: { oversize: 'skip' },
    });
    expect(left.code, left.stderr).to.equal(0);
    expect(left.rows('profile_v2').map((row) => row.id)).to.deep.equal(['small']);
    expect(left.warned(/left out/)).to.deep.equal([
      'WARNING profile_v2: the row with id p1 is 20.0 MB of JSON, more than 20 MB: it is left out',
      'WARNING 1 row of more than 20 MB was left out, as oversize: "skip" asks',
    ]);
    expect(left.gaps('profile_v2')).to.deep.equal([]);
  });

  /** What goes out of such rows, and what is said. */
  function limited(rows: readonly string[], oversize: 'fail' | 'skip' = 'skip') {
    const said: string[] = [];
    const mends = noMends();
    const log = (_level: string, text: string): void => void said.push(text);
    const admits = sizeLimit({ config: { oversize }, mends, log });
    const out = rows.filter((text) => {
      const bytes = Buffer.from(text);
      return admits('event_v2', bytes.length, () => bytes);
    });
    return { out, said, mends };
  }
  const row = (id: string, size: number, of = 'x'): string => {
    const start = `{"id":"${id}","a":"`;
    return `${start}${of.repeat((size - start.length - 2) / Buffer.byteLength(of))}"}`;
  };

  it('B12 20 MB to the byte pass, one more does not', () => {
    const { out, mends } = limited([row('a', MOST_BYTES), row('b', MOST_BYTES + 1)]);
    expect(out.map((text) => text.slice(0, 9))).to.deep.equal(['{"id":"a"']);
    expect(mends.oversize).to.equal(1);
    expect(() => limited([row('b', MOST_BYTES + 1)], 'fail')).to.throw('KLV_ROW_TOO_LARGE');
  });

  it('B12 above 10 MiB: delivered, and one warning a stream', () => {
    const most = 10 * 1024 * 1024;
    const rows = [row('a', most), row('b', most + 1), row('c', most + 1)];
    const { out, said } = limited(rows);
    expect(out).to.have.length(3);
    expect(said).to.deep.equal([
      'event_v2: the row with id b is 10.5 MB of JSON: some targets refuse such rows',
    ]);
  });

  it('B12 characters of three bytes count as three, and an id is told as text', () => {
    const text = row('あ', MOST_BYTES + 2, 'あ');
    const { out, said } = limited([text]);
    expect(out).to.deep.equal([]);
    expect(said[0]).to.match(/^event_v2: the row with id あ is 20\.0 MB/);
  });
});
