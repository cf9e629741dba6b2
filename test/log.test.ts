/** What a user would lose if this failed: the key, to whoever reads the log. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createMask, forPeople, impersonal, masker, oneLine } from '../src/log.js';
import { secretsOfConfig, secretsOfEnvironment } from '../src/secrets.js';

const KEY = 'pk_0123456789abcdef/+"é\\';

describe('Y1 the key in a log', () => {
  const mask = masker([KEY, 'proxy-password']);

  for (const [form, text] of [
    ['plain', KEY],
    ['URL-encoded', encodeURIComponent(KEY)],
    ['in JSON', JSON.stringify({ api_key: KEY })],
    ['in base64', Buffer.from(KEY).toString('base64')],
    ['in base64url', Buffer.from(KEY).toString('base64url')],
    ['in base64 behind one byte', Buffer.from(`:${KEY}`).toString('base64')],
    ['in base64 behind a name', Buffer.from(`user:${KEY}`).toString('base64')],
    ['in the base64 of its header', Buffer.from(`Klaviyo-API-Key ${KEY}\r\n`).toString('base64')],
    ['twice', `${KEY} and ${KEY}`],
    ['another secret', 'http://user:proxy-password@host'],
  ] as const)
    it(`is hidden ${form}`, () => {
      const masked = mask(`before ${text} after`);
      expect(masked).to.match(/^before .*\*\*\*.* after$/);
      for (const secret of [
        '0123456789',
        'proxy-password',
        Buffer.from(KEY.slice(3, 12)).toString('base64').slice(2, -2),
      ])
        expect(masked).not.to.contain(secret);
    });

  it('is hidden in base64 whatever stands around it', () => {
    const inner = Buffer.from(KEY);
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
        const masked = mask(
          Buffer.concat([Buffer.from(before), inner, Buffer.from(after)]).toString('base64'),
        );
        expect(Buffer.from(masked.replace(/\*/g, ''), 'base64').includes('0123456789')).to.equal(false);
        expect(masked).to.contain('***');
      }),
    );
  });

  it('changes nothing else', () => {
    expect(mask('pk_ is how keys begin')).to.equal('pk_ is how keys begin');
    // An empty or very short secret would hide half of every line.
    expect(masker(['', 'a', 'abc'])('abc a')).to.equal('abc a');
    expect(masker([])('text')).to.equal('text');
  });

  it('a secret inside another leaves no rest of it', () => {
    expect(masker(['secret', 'secret-longer'])('a secret-longer b secret')).to.equal('a *** b ***');
  });

  it('I11 every piece of eight characters is hidden, in plain, URL-encoded, in JSON and in base64', () => {
    const whole = [
      KEY,
      encodeURIComponent(KEY),
      JSON.stringify(KEY).slice(1, -1),
      Buffer.from(KEY).toString('base64').slice(0, -4),
    ];
    for (const form of whole)
      for (let at = 0; at + 8 <= form.length; at += 1) {
        const piece = form.slice(at, at + 8);
        expect(mask(`see ${piece}!`), piece).to.equal('see ***!');
        expect(mask(`see ${piece.slice(1)}!`), piece).to.equal(`see ${piece.slice(1)}!`);
      }
  });

  it('I11 pieces that overlap leave nothing between them', () => {
    expect(masker(['abcdefgh', 'efghijkl'])('-abcdefghijkl-')).to.equal('-***-');
    expect(masker(['abcdefgh', 'defghijkl'])('abcdefghijklm abcdefgh')).to.equal('***m ***');
  });

  it('a long text is masked in little time', () => {
    const text = 'pk_01234 pk_0123 '.repeat(60_000);
    const started = performance.now();
    expect(mask(text).length).to.be.lessThan(text.length);
    // Milliseconds where the machine is free; for ever, if time were that of the square.
    expect(performance.now() - started).to.be.lessThan(10_000);
  });

  it('takes no meaning from signs of a pattern', () => {
    expect(masker(['a.*b$&'])('a.*b$& axxb$&')).to.equal('*** axxb$&');
  });
});

describe('Y1 what is hidden before it is known', () => {
  const hidden = (secrets: readonly string[], text: string): string => {
    const mask = createMask();
    mask.hide(...secrets);
    return mask(text);
  };

  for (const [what, config] of [
    ['the field', '{"api_key": "abcdef0123456789"}'],
    ['a field that is misspelt', '{"Klaviyo-Key" : "abcdef0123456789"}'],
    ['a key anywhere', '{"note": "pk_abcdef0123456789"}'],
    ['text that is no JSON', 'api_key: pk_abcdef0123456789'],
    ['a password in a URL', '{"base_url": "https://me:abcdef0123456789@a.example"}'],
    ['an escape', '{"api_key": "abcdef\\u00301234\\u00356789"}'],
  ] as const)
    it(`of a config: ${what}`, () => {
      expect(hidden(secretsOfConfig(config), 'it is abcdef0123456789')).to.equal('it is ***');
    });

  for (const [name, value] of [
    ['KLAVIYO_API_KEY', 'abcdef0123456789'],
    ['HTTPS_PROXY', 'http://me:abcdef0123456789@proxy:3128'],
    ['http_proxy', 'http://me:abcdef%301234%356789@proxy:3128'],
  ] as const)
    it(`of the environment: ${name}`, () => {
      expect(hidden(secretsOfEnvironment({ [name]: value }), 'it is abcdef0123456789')).to.equal('it is ***');
    });

  it('but no placeholder, whose words are those of the error about it', () => {
    const line = 'KLV_KEY_PLACEHOLDER KLAVIYO_API_KEY is a placeholder — put the private key there';
    for (const key of [
      ['${', 'KLAVIYO_API_KEY', '}'].join(''),
      '<your-private-key-1>',
      '********',
      'your_private_key',
    ]) {
      expect(hidden(secretsOfConfig(JSON.stringify({ api_key: key })), line)).to.equal(line);
      expect(hidden(secretsOfEnvironment({ KLAVIYO_API_KEY: key }), line)).to.equal(line);
    }
  });
});

describe('Y4 whose data it is stays out of a log', () => {
  for (const [what, text, want] of [
    ['an address', 'profile jane.o\u2019neil+news@mail.shop.example has', 'profile ***@*** has'],
    ['an address in JSON', '{"email":"a@b.example"}', '{"email":"***@***"}'],
    ['a number', 'call +4915112345678 now', 'call +*** now'],
    [
      'what a URL asks for',
      'while trying to fetch https://a.klaviyo.com/api/profiles?filter=equals(email,"x y"): reset',
      'while trying to fetch https://a.klaviyo.com/api/profiles?... y"): reset',
    ],
  ] as const)
    it(`${what} is hidden`, () => {
      expect(impersonal(text)).to.equal(want);
      expect(forPeople(text)).to.equal(want);
    });

  it('paths, zones and versions are told as they are', () => {
    for (const text of [
      'cannot read /home/me@work/@scope/config.json: no such file',
      '2026-01-01T00:00:00+05:30 is used',
      'GET /api/lists answered 500',
    ])
      expect(impersonal(text)).to.equal(text);
  });

  it('Y6 in little time, whatever the text', () => {
    const started = performance.now();
    for (const bit of ['a', 'a@', 'a@b', 'a.', '@a.', 'https://a', '+1', '+'])
      impersonal(bit.repeat(200_000 / bit.length));
    expect(performance.now() - started).to.be.lessThan(3_000);
  });
});

describe('Y7 one line stays one line', () => {
  it('shows what would end or forge a line', () => {
    expect(oneLine('a\nb\r\u001b[31mc\u0000\u2028\u0085\u009b\u007f')).to.equal(
      'a\\nb\\x0d\\x1b[31mc\\x00\\x2028\\x85\\x9b\\x7f',
    );
  });

  it('shows what would turn the order of the letters round', () => {
    expect(oneLine('a\u202eb\u2066c\u200f')).to.equal('a\\x202eb\\x2066c\\x200f');
  });

  it('lets no control character through, and changes no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
        expect(oneLine(text)).not.to.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => void expect(oneLine(text)).to.equal(text)),
    );
  });
});
