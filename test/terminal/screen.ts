/** A terminal as one sees it: text and control sequences in, lines out. It breaks lines anew when its width changes. */
import type { Drawing, Terminal } from '../../src/terminal/terminal.js';

interface Row {
  text: string;
  /** The next row goes on with the same line. */
  wraps: boolean;
}

export class Screen {
  /** From the first row ever on; the last `height` of them are seen. */
  private rows: Row[] = [{ text: '', wraps: false }];
  private row = 0;
  private column = 0;
  private top = 0;
  private width: number;
  private height: number;
  cursor = true;
  /** Pieces in which it was written to. */
  readonly written: string[] = [];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  write(text: string): void {
    this.written.push(text);
    this.feed(text);
  }

  /** As `write`, of what a pipe may have cut anywhere: sequences must be whole. */
  feed(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told by
    for (const [piece] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|[\s\S]/gu))
      if (piece.length > 1 && piece.startsWith('\u001b')) this.control(piece);
      else if (piece === '\n') this.lineFeed();
      else if (piece === '\r') this.column = 0;
      else this.put(piece);
  }

  /** What is seen, without blanks at line ends and without empty lines at the end. */
  lines(): string[] {
    const seen = this.rows.slice(this.top).map(({ text }) => text.trimEnd());
    while (seen.at(-1) === '') seen.pop();
    return seen;
  }

  /** All that was ever written and not written over. */
  all(): string[] {
    const kept = this.rows.map(({ text }) => text.trimEnd());
    while (kept.at(-1) === '') kept.pop();
    return kept;
  }

  resize(width: number, height: number): void {
    const lines: string[] = [];
    let at = { line: 0, offset: 0 };
    let line = '';
    this.rows.forEach(({ text, wraps }, nth) => {
      if (nth === this.row) at = { line: lines.length, offset: line.length + this.column };
      line += wraps ? text.padEnd(this.width) : text;
      if (wraps) return;
      lines.push(line);
      line = '';
    });
    this.width = width;
    this.height = height;
    this.rows = [];
    lines.forEach((whole, nth) => {
      const first = this.rows.length;
      const count = Math.max(1, Math.ceil(whole.length / width));
      for (let part = 0; part < count; part += 1)
        this.rows.push({ text: whole.slice(part * width, (part + 1) * width), wraps: part < count - 1 });
      if (nth !== at.line) return;
      this.row = first + Math.min(count - 1, Math.floor(at.offset / width));
      this.column = at.offset % width;
    });
    this.top = Math.max(0, this.row - height + 1);
  }

  private put(char: string): void {
    if (this.column === this.width) {
      this.current().wraps = true;
      this.lineFeed();
    }
    const now = this.current();
    now.text = `${now.text.padEnd(this.column).slice(0, this.column)}${char}${now.text.slice(this.column + 1)}`;
    this.column += 1;
  }

  private lineFeed(): void {
    this.row += 1;
    this.column = 0;
    if (this.row === this.rows.length) this.rows.push({ text: '', wraps: false });
    this.top = Math.max(this.top, this.row - this.height + 1);
  }

  private current(): Row {
    const row = this.rows[this.row];
    if (row === undefined) throw new Error(`the cursor is on row ${this.row} of ${this.rows.length}`);
    return row;
  }

  private control(sequence: string): void {
    const kind = sequence.at(-1) ?? '';
    const [count = 0] = sequence.slice(2, -1).split(';').map(Number);
    const steps = Math.max(1, count);
    switch (kind) {
      case 'A':
        this.row = Math.max(this.top, this.row - steps);
        return;
      case 'B':
        this.row = Math.min(this.rows.length - 1, this.row + steps);
        return;
      case 'G':
        this.column = steps - 1;
        return;
      case 'K': {
        const now = this.current();
        now.text = count === 0 ? now.text.slice(0, this.column) : '';
        now.wraps = false;
        return;
      }
      case 'J':
        this.current().text = this.current().text.slice(0, this.column);
        this.current().wraps = false;
        this.rows.length = this.row + 1;
        return;
      case 'h':
      case 'l':
        if (sequence.startsWith('\u001b[?25')) this.cursor = kind === 'h';
        return;
      case 'm':
        return;
      default:
        throw new Error(`a terminal of the test knows no ${JSON.stringify(sequence)}`);
    }
  }

  size = () => ({ columns: this.width, rows: this.height });
}

export interface FakeTerminal extends Terminal {
  readonly screen: Screen;
  /** Text that others say: handed to whoever draws. */
  readonly say: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
}

export function fakeTerminal(columns: number, rows: number): FakeTerminal {
  const screen = new Screen(columns, rows);
  let drawing: Drawing | undefined;
  return {
    screen,
    columns: () => screen.size().columns,
    rows: () => screen.size().rows,
    shared: false,
    write: (text) => screen.write(text),
    lend(to) {
      drawing = to;
      return () => {
        drawing = undefined;
      };
    },
    say: (text) => (drawing === undefined ? screen.write(text) : drawing.above(text)),
    resize(width, height) {
      screen.resize(width, height);
      drawing?.resized();
    },
  };
}
