/** Instants and durations: what a user would lose here is rows, silently. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  addDays,
  addSeconds,
  ceilSecond,
  compare,
  daysInMonth,
  earliest,
  FOREVER,
  floorSecond,
  fromMillis,
  latest,
  normalise,
  ORIGIN,
  parseDuration,
  subtract,
  toMillis,
} from '../../src/time.js';

const THREE_MONTHS = { months: 3, days: 0, seconds: 0 };
const two = (value: number): string => String(value).padStart(2, '0');

/** A wall clock reading with an offset, as text in one of its forms, and the same in microseconds since 1970. */
const written = fc
  .record({
    millis: fc.integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(2100, 0) }),
    micros: fc.integer({ min: 0, max: 999 }),
    coarse: fc.constantFrom(1, 1000, 1_000_000),
    offset: fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
    zulu: fc.boolean(),
    colon: fc.constantFrom(':', ''),
    between: fc.constantFrom('T', ' '),
    digits: fc.constantFrom('', '000', '999'),
  })
  .map(({ millis, micros, coarse, offset, zulu, colon, between, digits }) => {
    const time = BigInt(Math.floor((millis * 1000 + micros) / coarse) * coarse);
    const shift = zulu ? 0 : offset;
    const wall = new Date(Number(time / 1000n) + shift * 60_000).toISOString();
    const fraction = `${wall.slice(20, 23)}${String(time % 1000n).padStart(3, '0')}${digits}`;
    const zone = `${shift < 0 ? '-' : '+'}${two(Math.floor(Math.abs(shift) / 60))}${colon}${two(Math.abs(shift) % 60)}`;
    const short = coarse === 1_000_000 && digits === '' ? '' : `.${fraction}`;
    return { text: `${wall.slice(0, 10)}${between}${wall.slice(11, 19)}${short}${zulu ? 'Z' : zone}`, time };
  });

const microsOf = (instant: string): bigint => {
  const fraction = /\.(\d+)Z$/.exec(instant)?.[1] ?? '';
  return BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
};
const sign = (value: number | bigint): number => (value < 0 ? -1 : value > 0 ? 1 : 0);
const instants = written.map(({ text }) => normalise(text) ?? '');

describe('normalise', () => {
  it('gives the same time, in one form', () => {
    fc.assert(
      fc.property(written, ({ text, time }) => {
        const instant = normalise(text) ?? '';
        expect(instant).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$/);
        expect(microsOf(instant), text).to.equal(time);
        expect(normalise(instant)).to.equal(instant);
      }),
      { numRuns: 1000 },
    );
  });

  it('T8: knows every day, and no other', () => {
    for (let year = 1999; year <= 2101; year += 1)
      for (let month = 0; month <= 13; month += 1)
        for (let day = 0; day <= 32; day += 1) {
          const date = new Date(Date.UTC(year, month - 1, day));
          const real =
            month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          const text = `${year}-${two(month)}-${two(day)}`;
          expect(normalise(text), text).to.equal(real ? `${text}T00:00:00Z` : undefined);
        }
  });

  it('takes what people and APIs write', () => {
    for (const [text, instant] of [
      ['2026-01-02T03:04:05.678901234Z', '2026-01-02T03:04:05.678901Z'],
      ['2026-01-02T03:04:05.5000Z', '2026-01-02T03:04:05.5Z'],
      ['2026-01-02T03:04:05,25z', '2026-01-02T03:04:05.25Z'],
      ['2026-01-02 03:04:05.123456+00:00', '2026-01-02T03:04:05.123456Z'],
      ['2026-01-02T03:04:05', '2026-01-02T03:04:05Z'],
      ['2026-01-02T03:04', '2026-01-02T03:04:00Z'],
      ['2026-01-02T00:30:00.000001+0545', '2026-01-01T18:45:00.000001Z'],
      ['2026-12-31T23:30:00-01', '2027-01-01T00:30:00Z'],
      ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
      ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
      ['9999-12-31T23:59:59Z', FOREVER],
    ] as const)
      expect(normalise(text), text).to.equal(instant);
  });

  it('refuses what is no instant', () => {
    for (const text of [
      '',
      'x',
      '0000-00-00',
      '0000-01-01',
      '20260-01-01',
      '2026-1-1',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
      '2026-01-01T00:00:61Z',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00+00:60',
      '2026-01-01T00:00:00+02:',
      '2026-01-01T',
      '2026-01-01Z',
      '2026-01-01T00:00:00.Z',
      '2026-01-01T00:00:00.1234567890Z',
      '2026-01-01\n',
      '9999-12-31T23:30:00-01:00',
      '0001-01-01T00:30:00+01:00',
      '٢٠٢٦-01-01',
    ])
      expect(normalise(text), text).to.equal(undefined);
  });
});

describe('the order of instants', () => {
  it('is the order of time, to the microsecond', () => {
    const near = fc.oneof(
      fc.tuple(written, written),
      fc.tuple(written, fc.constantFrom(-1n, 0n, 1n, 1000n)).map(([a, step]) => {
        const time = a.time + step;
        const whole = new Date(Number(time / 1000n)).toISOString();
        return [a, { text: `${whole.slice(0, 23)}${String(time % 1000n).padStart(3, '0')}Z`, time }] as const;
      }),
    );
    fc.assert(
      fc.property(near, ([a, b]) => {
        const [x, y] = [normalise(a.text) ?? '', normalise(b.text) ?? ''];
        const order = sign(a.time - b.time);
        expect(sign(compare(x, y))).to.equal(order);
        expect(earliest(x, y)).to.equal(order <= 0 ? x : y);
        expect(latest(x, y)).to.equal(order >= 0 ? x : y);
      }),
      { numRuns: 2000 },
    );
  });

  it('has every instant between ORIGIN and FOREVER', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(compare(ORIGIN, instant)).to.be.below(0);
        expect(compare(instant, FOREVER)).to.be.below(0);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('addSeconds moves by that many seconds, and keeps the fraction', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -86_400, max: 86_400_000 }), (instant, seconds) => {
        const moved = addSeconds(instant, seconds);
        expect(microsOf(moved) - microsOf(instant)).to.equal(BigInt(seconds) * 1_000_000n);
        expect(addSeconds(moved, -seconds)).to.equal(instant);
        expect(addDays(instant, 1)).to.equal(addSeconds(instant, 86_400));
      }),
    );
  });

  it('addSeconds does not leave the four digits of the year', () => {
    expect(addSeconds(FOREVER, 1)).to.equal(FOREVER);
    expect(addDays(FOREVER, 400)).to.equal(FOREVER);
    expect(addSeconds(ORIGIN, -1)).to.equal('1969-12-31T23:59:59Z');
  });

  it('floor and ceil are the whole seconds around an instant', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const [floor, ceil] = [floorSecond(instant), ceilSecond(instant)];
        const second = microsOf(instant) / 1_000_000n;
        expect(microsOf(floor)).to.equal(second * 1_000_000n);
        expect(microsOf(ceil)).to.equal(
          microsOf(instant) % 1_000_000n === 0n ? microsOf(instant) : (second + 1n) * 1_000_000n,
        );
        expect([normalise(floor), normalise(ceil)]).to.deep.equal([floor, ceil]);
      }),
    );
  });

  it('milliseconds go there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0) }), (millis) => {
        const instant = fromMillis(millis);
        expect(normalise(instant)).to.equal(instant);
        expect(toMillis(instant)).to.equal(millis);
      }),
    );
  });
});

describe('T7: three months before', () => {
  it('any day of 2000 to 2100 is the same day, or the last of its month', () => {
    let last: string = ORIGIN;
    for (let day = Date.UTC(2000, 0, 1); day < Date.UTC(2101, 0, 1); day += 86_400_000) {
      const instant = `${new Date(day).toISOString().slice(0, 19)}.25Z`;
      const got = subtract(instant, THREE_MONTHS);
      const [year, month, date] = [
        Number(instant.slice(0, 4)),
        Number(instant.slice(5, 7)),
        Number(instant.slice(8, 10)),
      ];
      const [inYear, inMonth] = month > 3 ? [year, month - 3] : [year - 1, month + 9];
      const inDay = Math.min(date, daysInMonth(inYear, inMonth));
      expect(got, instant).to.equal(`${inYear}-${two(inMonth)}-${two(inDay)}T00:00:00.25Z`);
      expect(compare(last, got), instant).to.be.at.most(0);
      last = got;
    }
  });

  it('31 May, 29 February, 31 December', () => {
    expect(subtract('2026-05-31T00:00:00Z', THREE_MONTHS)).to.equal('2026-02-28T00:00:00Z');
    expect(subtract('2024-05-31T00:00:00Z', THREE_MONTHS)).to.equal('2024-02-29T00:00:00Z');
    expect(subtract('2024-02-29T00:00:00Z', THREE_MONTHS)).to.equal('2023-11-29T00:00:00Z');
    expect(subtract('2026-12-31T00:00:00Z', THREE_MONTHS)).to.equal('2026-09-30T00:00:00Z');
    expect(subtract('2024-02-29T12:00:00Z', { months: 12, days: 0, seconds: 0 })).to.equal(
      '2023-02-28T12:00:00Z',
    );
  });

  it('days and seconds are counted, and nothing goes before 1970', () => {
    const length = (text: string) => parseDuration(text) ?? { months: 0, days: 0, seconds: 0 };
    expect(subtract('2026-03-01T00:00:00Z', length('1 day'))).to.equal('2026-02-28T00:00:00Z');
    expect(subtract('2026-03-31T06:00:00.5Z', length('P1M2DT12H'))).to.equal('2026-02-25T18:00:00.5Z');
    expect(subtract('2026-03-01T00:00:00Z', length('56 years'))).to.equal('1970-03-01T00:00:00Z');
    for (const text of ['57 years', '999999 years', '999999 days', 'P99999Y99999M99999W999999D'])
      expect(subtract('2026-03-01T00:00:00Z', length(text)), text).to.equal(ORIGIN);
  });
});

describe('C12: durations', () => {
  it('in words', () => {
    const counts = fc.integer({ min: 1, max: 999_999 });
    const units = fc.constantFrom(
      ['day', 0, 1],
      ['week', 0, 7],
      ['month', 1, 0],
      ['year', 12, 0],
    ) as fc.Arbitrary<[string, number, number]>;
    const forms = fc.constantFrom(
      (count: number, unit: string) => `${count} ${unit}`,
      (count: number, unit: string) => `${count}${unit}s`,
      (count: number, unit: string) => ` ${count}  ${unit.toUpperCase()}S\n`,
    );
    fc.assert(
      fc.property(counts, units, forms, (count, [unit, months, days], form) => {
        expect(parseDuration(form(count, unit))).to.deep.equal({
          months: months * count,
          days: days * count,
          seconds: 0,
        });
      }),
    );
  });

  it('of ISO 8601', () => {
    const number = fc.integer({ min: 0, max: 9999 });
    fc.assert(
      fc.property(number, number, number, number, number, number, number, (y, mo, w, d, h, mi, s) => {
        const text = `P${y}Y${mo}M${w}W${d}DT${h}H${mi}M${s}S`;
        const length = { months: y * 12 + mo, days: w * 7 + d, seconds: h * 3600 + mi * 60 + s };
        const nothing = length.months + length.days + length.seconds === 0;
        expect(parseDuration(text)).to.deep.equal(nothing ? undefined : length);
        expect(parseDuration(text.toLowerCase())).to.deep.equal(parseDuration(text));
      }),
    );
    expect(parseDuration('P3M')).to.deep.equal(THREE_MONTHS);
    expect(parseDuration('PT3M')).to.deep.equal({ months: 0, days: 0, seconds: 180 });
  });

  it('of nothing, of less than nothing, or of another form are none', () => {
    for (const text of [
      '',
      '0',
      '3',
      '-1',
      '-1 days',
      '0 months',
      '1.5 days',
      '3 moons',
      '3 m',
      '1 hour',
      'P',
      'PT',
      'P0D',
      'P3',
      'P3MT',
      'PM',
      'P1D2Y',
      'months',
      '3 days 2',
      '9999999 days',
      'all',
    ])
      expect(parseDuration(text), text).to.equal(undefined);
  });
});
