/** Pages as they may come, drawn: any order, any spacing, names twice or in escapes, values of the wrong kind. */
import fc from 'fast-check';
import type { Kind } from './both-ways.js';
import { written } from './tokens.js';

type Text = fc.Arbitrary<string>;

const blank = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom(' ', '  ', '\t') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r\n  ') },
);
const date = fc.constantFrom(
  '"2026-06-23T00:15:23+00:00"',
  '"2026-06-23T00:15:23.918411+00:00"',
  '"2026-06-23T00:15:23.910Z"',
  '"2026-06-23 00:15:23+02:00"',
  '"2024-02-29T23:59:59.000001Z"',
  '"2026-02-29T10:00:00Z"',
  '"2026-01-31T10:00:00Z"',
  '"2026-01-31T24:00:00Z"',
  '"9999-12-31T23:59:59.999999+00:00"',
  '"0000-00-00"',
  '"2026-06-23"',
  '""',
  'null',
  '17',
);
const id = fc.oneof(
  fc.constantFrom('"left-out"', '"kept"', '"\\u00e9t\\u00e9"', '"été 🎉"', '"a\\"\\\\b\\/"'),
  fc.string().map((text) => JSON.stringify(text)),
);
const anything = written('keep').map(({ text }) => text);
const mixed = (usual: Text): Text =>
  fc.oneof({ weight: 10, arbitrary: usual }, { weight: 1, arbitrary: anything });
const bool = fc.constantFrom('true', 'false', 'null');
const number = fc.oneof(
  fc.constantFrom('49.0', '12', '-0', '1e2', '1E400', '12345678901234567890', '0.10', 'null'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

/** A name as it stands, or with an escape for one of its letters. */
const key = (name: string): Text =>
  fc.tuple(fc.nat(name.length - 1), fc.nat(40)).map(([at, chance]) => {
    const unit = name.charCodeAt(at).toString(16).padStart(4, '0');
    return chance > 0 ? `"${name}"` : `"${name.slice(0, at)}\\u${unit}${name.slice(at + 1)}"`;
  });
const member = (name: Text, value: Text): Text =>
  fc.tuple(name, blank, blank, value).map(([at, before, after, text]) => `${at}${before}:${after}${text}`);
const named = (name: string, value: Text): Text => member(key(name), value);
const braces = (members: fc.Arbitrary<readonly string[]>): Text =>
  fc.tuple(members, blank).map(([texts, gap]) => `{${gap}${texts.join(`${gap},${gap}`)}${gap}}`);
const list = (item: Text, most = 3): Text =>
  fc.tuple(fc.array(item, { maxLength: most }), blank).map(([items, gap]) => `[${items.join(`${gap},`)}]`);
/** Some of these members, in any order, and seldom one of them twice. */
const some = (...members: Text[]): Text =>
  braces(
    fc
      .tuple(fc.tuple(...members.map((one) => fc.option(one, { freq: 5 }))), fc.nat(15), fc.nat())
      .chain(([texts, chance, which]) => {
        const there = texts.filter((text) => text !== null);
        const again = there[which % Math.max(1, there.length)];
        const all = chance === 0 && again !== undefined ? [...there, again] : there;
        return fc.shuffledSubarray(all, { minLength: all.length });
      }),
  );
const every = (...members: Text[]): Text =>
  braces(fc.tuple(...members).chain((texts) => fc.shuffledSubarray(texts, { minLength: texts.length })));
const stranger = member(
  fc.oneof(
    fc.constantFrom('"new_one"', '"__proto__"', '"constructor"', '"Gr\\u00f6\\u00dfe"'),
    fc.constantFrom('"profile_id"', '"profile\\u005fid"', '"i\\u0064"'),
    fc.string({ maxLength: 6 }).map((text) => JSON.stringify(`x${text}`)),
  ),
  anything,
);

const reference = (type: string, of = id): Text =>
  some(named('type', fc.constant(`"${type}"`)), named('id', mixed(of)));
const relation = (data: Text): Text => some(named('data', data), named('links', fc.constant('{"self":"x"}')));

const ATTRIBUTES: Readonly<Record<Kind, Text>> = {
  events: some(
    named('timestamp', fc.constantFrom('1764030584', '1764030584.0', 'null', '"17"', '1E9', '-0', '007')),
    named('datetime', date),
    named('uuid', mixed(fc.oneof(id, fc.constant('null')))),
    named(
      'event_properties',
      mixed(
        some(
          named('$flow', mixed(id)),
          named('$message', id),
          named('$event_id', mixed(id)),
          named('$value', mixed(number)),
          named('Campaign Name', id),
          stranger,
        ),
      ),
    ),
    stranger,
  ),
  profiles: some(
    named('email', mixed(id)),
    named('first_name', fc.oneof(id, number, bool)),
    named('created', date),
    named('updated', date),
    named(
      'location',
      mixed(
        some(
          named('city', mixed(id)),
          named('latitude', number),
          named('zip', fc.oneof(id, number)),
          stranger,
        ),
      ),
    ),
    named('properties', mixed(some(stranger, named('a', number)))),
    named(
      'subscriptions',
      mixed(
        some(
          named(
            'email',
            mixed(
              some(
                named(
                  'marketing',
                  mixed(
                    some(
                      named('can_receive_email_marketing', mixed(bool)),
                      named('consent', id),
                      named('consent_timestamp', date),
                      named(
                        'suppression',
                        mixed(
                          list(
                            fc.oneof(
                              fc.constant('null'),
                              some(named('reason', id), named('timestamp', date)),
                            ),
                          ),
                        ),
                      ),
                      stranger,
                    ),
                  ),
                ),
              ),
            ),
          ),
          named('sms', fc.constantFrom('null', '{}', '[]')),
        ),
      ),
    ),
    named(
      'predictive_analytics',
      mixed(
        some(
          named('historic_clv', mixed(number)),
          named('expected_date_of_next_order', date),
          named('ranked_channel_affinity', mixed(list(fc.oneof(id, bool)))),
        ),
      ),
    ),
    stranger,
  ),
  members: some(named('joined_group_at', date), stranger),
};

/** Few, so that what is named is included, too. */
const joined = fc.constantFrom('"a"', '"b"', '"c"', '"\u2028"', '"\\ud800"', '"d\\u0065"');

const RELATIONSHIPS: Readonly<Record<Kind, Text>> = {
  events: some(
    named('profile', mixed(relation(mixed(fc.oneof(reference('profile'), fc.constant('null')))))),
    named('metric', mixed(relation(mixed(reference('metric'))))),
    named('attributions', mixed(relation(mixed(list(mixed(reference('attribution', joined))))))),
    named('other', anything),
  ),
  profiles: some(named('lists', relation(fc.constant('[]')))),
  members: fc.constant('{}'),
};

/** What a page includes of what its objects name, and of what they do not; nearly all of it has an id. */
const included: Text = list(
  every(
    named('type', fc.constantFrom('"attribution"', '"other"')),
    named('id', fc.oneof({ weight: 80, arbitrary: joined }, { weight: 1, arbitrary: anything })),
    named(
      'relationships',
      some(
        named('campaign', relation(mixed(reference('campaign')))),
        named('flow', mixed(relation(fc.constant('null')))),
        named('attributed-event', relation(reference('event', joined))),
        stranger,
      ),
    ),
  ),
  4,
);

const objectOf = (kind: Kind): Text =>
  every(
    named('type', fc.constant('"thing"')),
    named(
      'id',
      fc.oneof(
        { weight: 30, arbitrary: fc.uuid().map((text) => JSON.stringify(text)) },
        { weight: 1, arbitrary: id },
        { weight: 1, arbitrary: anything },
      ),
    ),
    named('attributes', ATTRIBUTES[kind]),
    named('relationships', RELATIONSHIPS[kind]),
    named('links', fc.constantFrom('{"self":"x"}', '{}', 'null')),
  );

/** The text of a page, which is JSON nearly always: a number may begin with zeros. */
export const pageOf = (kind: Kind): Text =>
  fc
    .tuple(
      fc.array(objectOf(kind), { minLength: 1, maxLength: 4 }),
      blank,
      fc.boolean(),
      fc.option(included, { nil: undefined, freq: 1 }),
    )
    .map(
      ([texts, gap, linked, beside]) =>
        `{"data"${gap}:${gap}[${texts.join(`${gap},`)}]${linked ? ',"links":{"next":null}' : ''}${
          beside === undefined ? '' : `,"included":${beside}`
        }}`,
    );

/** Bytes that tell JSON apart, and any others. */
const telling = fc.oneof(
  fc.constantFrom(...Buffer.from('"\\{}[]:,0123456789.-+eEunltrfa \t\r\n\0\x1f\x7f')),
  fc.nat(255),
);

/** A page of which one byte was cut out, put in, or replaced, or that ends early. */
export const brokenPageOf = (kind: Kind): fc.Arbitrary<Buffer> =>
  fc
    .tuple(pageOf(kind), fc.nat(), telling, fc.constantFrom('cut', 'end', 'put', 'set'))
    .map(([text, where, byte, how]) => {
      const bytes = Buffer.from(text);
      const at = where % bytes.length;
      const before = bytes.subarray(0, at);
      const after = bytes.subarray(how === 'put' ? at : at + 1);
      if (how === 'end') return before;
      return Buffer.concat(how === 'cut' ? [before, after] : [before, Buffer.from([byte]), after]);
    });
