/** What a user would lose if this failed: rows that were said to be written and were not, or the machine's memory. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Fault } from '../src/errors.js';
import { createOutput, fileStream, ReaderGone } from '../src/output.js';

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const MEGA = 1 << 20;

/** A reader that takes a chunk when it is told to. */
function reader() {
  const taken: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const stream = new Writable({
    highWaterMark: 16,
    write(chunk: Buffer, _, done) {
      waiting.push((error) => {
        if (error === undefined) taken.push(chunk.toString());
        done(error);
      });
    },
  });
  const take = async (error?: NodeJS.ErrnoException): Promise<void> => {
    waiting.shift()?.(error);
    await soon();
  };
  return { stream, taken, take, waiting };
}

const failed = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`write ${code}`), { code });
const state = async (promise: Promise<unknown>): Promise<'open' | 'done' | Error> => {
  const settled = promise.then(
    () => 'done' as const,
    (error: Error) => error,
  );
  await soon();
  return Promise.race([settled, Promise.resolve('open' as const)]);
};

describe('the one writer of stdout', () => {
  it('X5 a write waits while more than the queue is behind a slow reader', async () => {
    const { stream, take, taken } = reader();
    const out = createOutput(stream);
    const line = `${'x'.repeat(MEGA / 2 - 1)}\n`;
    expect(await state(out.write(line))).to.equal('done');
    expect(await state(out.write(line))).to.equal('done');
    const third = out.write(line);
    expect(await state(third)).to.equal('open');
    const fourth = out.write('more\n');
    await take();
    expect(await state(third)).to.equal('open');
    await take();
    expect(await state(third)).to.equal('done');
    expect(await state(fourth)).to.equal('done');
    await take();
    await take();
    expect(taken.join('')).to.equal(`${line.repeat(3)}more\n`);
  });

  it('X5 the queue is counted in bytes, not characters', async () => {
    const { stream } = reader();
    const out = createOutput(stream);
    expect(await state(out.write('\u20ac'.repeat(MEGA / 2)))).to.equal('open');
  });

  it('X11 a flush waits until the last byte was taken, and for no more', async () => {
    const { stream, take } = reader();
    const out = createOutput(stream);
    expect(await state(out.flush())).to.equal('done');
    await out.write('a\n');
    await out.write('b\n');
    const flush = out.flush();
    await take();
    expect(await state(flush)).to.equal('open');
    await take();
    expect(await state(flush)).to.equal('done');
  });

  it('keeps the order, and says nothing for nothing', async () => {
    const { stream, take, taken, waiting } = reader();
    const out = createOutput(stream);
    const all = Promise.all(['1\n', '', '2\n', '3\n'].map((text) => out.write(text)));
    for (let n = 0; n < 4; n += 1) await take();
    await all;
    expect(taken).to.deep.equal(['1\n', '2\n', '3\n']);
    expect(waiting).to.have.length(0);
  });

  it('X4 a reader that has gone ends every write with ReaderGone, and whoever asks is told once', async () => {
    const { stream, take } = reader();
    const lost: Error[] = [];
    const out = createOutput(stream, (error) => lost.push(error));
    const waiting = out.write('x'.repeat(2 * MEGA));
    const behind = out.write('y\n');
    const flush = out.flush();
    for (const promise of [waiting, behind, flush]) promise.catch(() => {});
    expect(await state(waiting)).to.equal('open');
    await take(failed('EPIPE'));
    const ends = await Promise.all(
      [waiting, behind, flush, out.write('z\n'), out.write(''), out.flush()].map(state),
    );
    for (const end of ends) expect(end).to.be.instanceOf(ReaderGone);
    expect(lost).to.have.length(1);
    expect(lost[0]).to.be.instanceOf(ReaderGone);
  });

  it('X4 a stream that is destroyed has no reader', async () => {
    const { stream } = reader();
    const out = createOutput(stream);
    stream.destroy();
    await state(out.write('a\n'));
    expect(await state(out.flush())).to.be.instanceOf(ReaderGone);
  });

  it('X6 a full disk is KLV_OUTPUT, which ends in exit code 1', async () => {
    const { stream, take } = reader();
    const lost: Error[] = [];
    const out = createOutput(stream, (error) => lost.push(error));
    await out.write('a\n');
    const flush = out.flush();
    flush.catch(() => {});
    await take(failed('ENOSPC'));
    const error = await state(flush);
    expect(error).to.be.instanceOf(Fault).and.to.include({ code: 'KLV_OUTPUT', class: 'system' });
    expect((error as Fault).message).to.contain('ENOSPC');
    expect(lost).to.deep.equal([error]);
    expect(await state(out.write('b\n'))).to.equal(error);
  });

  it('an error that no write caused is heard, too', async () => {
    const { stream } = reader();
    const out = createOutput(stream);
    stream.destroy(failed('EIO'));
    await soon();
    expect(await state(out.write('a\n'))).to.include({ code: 'KLV_OUTPUT' });
  });

  it('X1 what is handed over at a time ends in a line end, and a longer line stays whole', async () => {
    const { stream, take, waiting } = reader();
    const sizes: number[] = [];
    const hand = stream.write.bind(stream);
    stream.write = ((bytes: Buffer, done: () => void) => {
      sizes.push(bytes.length);
      expect(bytes.at(-1)).to.equal(10);
      return hand(bytes, done);
    }) as typeof stream.write;
    const out = createOutput(stream);
    const all = out.write([...Array(1_000).fill('x'.repeat(99)), 'y'.repeat(200_000), ''].join('\n'));
    while (waiting.length > 0) await take();
    await all;
    expect(sizes).to.deep.equal([65_500, 34_500, 200_001]);
  });

  it('X1 once stopped it hands over nothing more, waits for what is under way, and tells all writers why', async () => {
    const { stream, take, taken, waiting } = reader();
    const out = createOutput(stream);
    const reason = new Error('stopped');
    await out.write('under way\n');
    await out.write('queued\n');
    const held = out.write(`${'x'.repeat(2 * MEGA)}\n`);
    held.catch(() => {});
    expect(await state(held)).to.equal('open');
    out.stop(reason);
    expect(await state(held)).to.equal(reason);
    expect(await state(out.write('later\n'))).to.equal(reason);
    const flush = out.flush();
    expect(await state(flush)).to.equal('open');
    await take();
    expect(await state(flush)).to.equal('done');
    expect([taken, waiting.length]).to.deep.equal([['under way\n'], 0]);
  });

  it('X10 goes on with the write that the stream had', async () => {
    const { stream, take, taken } = reader();
    const out = createOutput(stream);
    stream.write = () => expect.fail('not the own one');
    await out.write('a\n');
    await take();
    expect(taken).to.deep.equal(['a\n']);
  });

  it('X6 I5 a file takes a part at a time until all is taken, or an error says that it is not', async () => {
    let taken = '';
    const file = fileStream(7, ((_: number, bytes: Buffer, at: number) => {
      if (taken.length >= 12) throw failed('ENOSPC');
      taken += bytes.toString('latin1', at, at + 3);
      return Math.min(3, bytes.length - at);
    }) as Parameters<typeof fileStream>[1]);
    const out = createOutput(file);
    await out.write('0123456789\n');
    expect(await state(out.flush())).to.equal('done');
    expect(taken).to.equal('0123456789\n');
    await out.write('and\n');
    expect(await state(out.flush())).to.include({ code: 'KLV_OUTPUT' });
  });

  it('X11 a flush waits for the last single byte, too', async () => {
    const { stream, take } = reader();
    const out = createOutput(stream);
    await out.write('\n');
    const flush = out.flush();
    expect(await state(flush)).to.equal('open');
    await take();
    expect(await state(flush)).to.equal('done');
  });

  it('I13 bytes come out as they were, beside text, and are given back once they were taken', async () => {
    const chunks: Buffer[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    const out = createOutput(stream);
    const bytes = Buffer.from('{"a":"é🎉"}\n');
    let given = 0;
    await out.write(bytes, () => {
      given += 1;
      expect(Buffer.concat(chunks)).to.deep.equal(bytes);
    });
    await out.write('{"a":"é🎉"}\n', () => {
      given += 10;
    });
    await out.write('', () => {
      given += 100;
    });
    await out.flush();
    expect(given).to.equal(111);
    expect(Buffer.concat(chunks)).to.deep.equal(Buffer.concat([bytes, bytes]));
  });

  it('what says nothing is taken once all before it was', async () => {
    const { stream, take } = reader();
    const out = createOutput(stream);
    const taken: string[] = [];
    await out.write('a\n', () => void taken.push('a'));
    await out.write('', () => void taken.push('nothing'));
    expect(taken).to.deep.equal([]);
    await take();
    expect(taken).to.deep.equal(['a', 'nothing']);
    await out.write('', () => void taken.push('at once'));
    expect(taken).to.have.length(3);
  });

  it('X6 an error without a code is told in its own words', async () => {
    const { stream, take } = reader();
    const out = createOutput(stream);
    await out.write('a\n');
    const flush = out.flush();
    flush.catch(() => {});
    await take(new Error('the disk has gone'));
    expect(await state(flush))
      .to.have.property('message')
      .that.contains('the disk has gone');
  });

  it('X4 a reader that has gone is called so, wherever it is logged', () => {
    expect(String(new ReaderGone())).to.equal('ReaderGone: the reader of stdout has gone');
  });

  it('X1 what is handed over ends with a line, so that a run that must end has no torn one to finish', async () => {
    const PIECE = 1 << 16;
    const handed = async (text: string): Promise<number[]> => {
      const lengths: number[] = [];
      const out = createOutput(
        new Writable({
          write(chunk: Buffer, _, done) {
            lengths.push(chunk.length);
            done();
          },
        }),
      );
      await out.write(text);
      await out.flush();
      return lengths;
    };
    const line = (length: number): string => `${'x'.repeat(length - 1)}\n`;
    expect(await handed(line(PIECE) + line(2))).to.deep.equal([PIECE, 2]);
    expect(await handed(line(PIECE - 1) + line(2))).to.deep.equal([PIECE - 1, 2]);
    expect(await handed(line(PIECE - 2) + line(2))).to.deep.equal([PIECE]);
    expect(await handed(line(2 * PIECE) + line(2))).to.deep.equal([2 * PIECE, 2]);
    expect(await handed(line(2) + line(2 * PIECE) + line(3))).to.deep.equal([2, 2 * PIECE, 3]);
    expect(await handed('x'.repeat(2 * PIECE))).to.deep.equal([2 * PIECE]);
  });
});
