/**
 * The lines of a page, put together as bytes: each value is copied once, and what stands between values of every row
 * is laid out once in front of the lines, so that each stretch of it is one copy within the buffer.
 */
import { roomFor } from './memory.js';
import type { Micros } from './time.js';

/** What a protocol puts around each row of a stream; the tail ends in a line feed. */
export interface Frame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** The oldest and the newest of some instants. */
export interface Span {
  readonly oldest: Micros;
  readonly newest: Micros;
}

/** Whole lines, one a row. */
export interface Lines {
  readonly count: number;
  readonly bytes: Buffer;
  /** Of the cursors of the rows; absent where they have none, or it is not known. */
  readonly span?: Span;
  /** To be called once nobody reads the bytes any more: others are written over them. */
  readonly free?: () => void;
}

/** Buffers that lines were written in and that have been freed: a new one costs more than to fill it. */
export interface Spare {
  readonly take: (least: number) => Buffer;
  readonly give: (bytes: Buffer) => void;
}

const MOST_SPARE = 2;
/** One that a page of huge rows needed is not kept for the rest of the run. */
const MOST_SPARE_BYTES = 8 << 20;

export function createSpare(): Spare {
  const spare: Buffer[] = [];
  return {
    take(least) {
      const bytes = spare.pop();
      return bytes !== undefined && bytes.length >= least ? bytes : Buffer.allocUnsafeSlow(roomFor(least));
    },
    give(bytes) {
      if (spare.length < MOST_SPARE && bytes.length <= MOST_SPARE_BYTES) spare.push(bytes);
    },
  };
}

/** Bytes that values are copied from. */
export interface Copied {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** From so many bytes on the runtime's own copy is quicker than a loop. */
const LONG = 512;
/** A UTF-16 unit takes three bytes of UTF-8 at most. */
const MOST_BYTES_A_UNIT = 3;
const [LINE_FEED, BLANK] = [10, 32];

export class LineWriter {
  /** Where a row's own layout begins and ends, behind the head and before the tail. */
  private readonly rowFrom: number;
  private readonly rowTo: number;
  private readonly fixed: number;
  private readonly spare: Spare;
  private bytes: Buffer;
  private view: DataView;
  private at: number;
  private lineAt: number;
  /** Of the layout: what is to be written before the next value begins here. */
  private open = 0;
  private count = 0;

  /**
   * `layout`: of a row, with which it is written if no value is; `guess`: bytes that the lines probably need.
   */
  constructor({ head, tail }: Frame, layout: Uint8Array, spare: Spare, guess: number) {
    this.spare = spare;
    this.rowFrom = head.length;
    this.rowTo = head.length + layout.length;
    this.fixed = this.rowTo + tail.length;
    this.bytes = spare.take(this.fixed + guess);
    this.bytes.set(head, 0);
    this.bytes.set(layout, this.rowFrom);
    this.bytes.set(tail, this.rowTo);
    this.view = viewOf(this.bytes);
    this.at = this.fixed;
    this.lineAt = this.fixed;
  }

  begin(): void {
    this.lineAt = this.at;
    this.open = 0;
  }

  /** Ends the line; returns how long its row is. */
  end(): number {
    this.layOut(this.fixed);
    this.count += 1;
    return this.at - this.lineAt - (this.fixed - this.rowTo) - this.rowFrom;
  }

  /** The row that was ended last. */
  row(): Buffer {
    return this.bytes.subarray(this.lineAt + this.rowFrom, this.at - (this.fixed - this.rowTo));
  }

  /** Takes back the line that was begun last; `ended`: and ended. */
  drop(ended: boolean): void {
    this.at = this.lineAt;
    if (ended) this.count -= 1;
  }

  /** Writes the layout up to a place in that of the row, where a value is put in; it goes on at another. */
  before(place: number, goesOn: number): void {
    this.layOut(this.rowFrom + place);
    this.open = this.rowFrom + goesOn;
  }

  /** A whole row in place of the layout. */
  text(json: string): void {
    this.before(0, this.rowTo - this.rowFrom);
    this.write(json);
  }

  copy({ bytes: source, view }: Copied, from: number, to: number): void {
    if (this.at + to - from > this.bytes.length) this.grow(to - from);
    let at = this.at;
    if (to - from > LONG) {
      this.bytes.set(source.subarray(from, to), at);
      this.at = at + to - from;
      return;
    }
    const { bytes, view: into } = this;
    let i = from;
    for (; i + 4 <= to; i += 4, at += 4) into.setInt32(at, view.getInt32(i, true), true);
    for (; i < to; i += 1, at += 1) bytes[at] = source[i] as number;
    this.at = at;
  }

  /** JSON that may have line ends and tabs between its tokens: they become blanks. In a string JSON has none. */
  copyFolded(source: Copied, from: number, to: number): void {
    const start = this.at;
    this.copy(source, from, to);
    const { bytes, at } = this;
    for (let i = start; i < at; i += 1) if ((bytes[i] as number) < BLANK) bytes[i] = BLANK;
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.grow(1);
    this.bytes[this.at] = value;
    this.at += 1;
  }

  write(text: string): void {
    const most = text.length * MOST_BYTES_A_UNIT;
    if (this.at + most > this.bytes.length) this.grow(most);
    this.at += this.bytes.write(text, this.at);
  }

  lines(): Lines {
    const { bytes, spare } = this;
    return {
      count: this.count,
      bytes: bytes.subarray(this.fixed, this.at),
      free: () => spare.give(bytes),
    };
  }

  private layOut(to: number): void {
    const length = to - this.open;
    if (this.at + length > this.bytes.length) this.grow(length);
    let at = this.at;
    if (length > LONG) {
      this.bytes.copyWithin(at, this.open, to);
      this.at = at + length;
      return;
    }
    const { bytes, view } = this;
    let i = this.open;
    for (; i + 4 <= to; i += 4, at += 4) view.setInt32(at, view.getInt32(i, true), true);
    for (; i < to; i += 1, at += 1) bytes[at] = bytes[i] as number;
    this.at = at;
  }

  private grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + by));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

export function firstLine(lines: Lines): Lines {
  if (lines.count === 0) return lines;
  const { span: _, ...rest } = lines;
  return { ...rest, count: 1, bytes: lines.bytes.subarray(0, lines.bytes.indexOf(LINE_FEED) + 1) };
}
