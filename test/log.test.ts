/** What a user would lose if this failed: the key, to whoever reads the log. */
import { expect } from 'chai';
import fc from 'fast-check';
import { masker, oneLine } from '../src/log.js';

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

  it('takes no meaning from signs of a pattern', () => {
    expect(masker(['a.*b$&'])('a.*b$& axxb$&')).to.equal('*** axxb$&');
  });
});

describe('Y7 one line stays one line', () => {
  it('shows what would end or forge a line', () => {
    expect(oneLine('a\nb\r\u001b[31mc\u0000\u2028\u0085\u009b\u007f')).to.equal(
      'a\\nb\\x0d\\x1b[31mc\\x00\\x2028\\x85\\x9b\\x7f',
    );
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
