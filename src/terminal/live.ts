/** Lines at the bottom of a terminal that are written over as they change. */
import { createLogUpdate } from 'log-update';
import type { Terminal } from './terminal.js';

export interface Live {
  /** Lines that fit the terminal, at least one row less than it has, and none of them empty. */
  readonly draw: (lines: readonly string[]) => void;
  /** Ends with lines that stay. */
  readonly end: (lines: readonly string[]) => void;
}

const [HIDE, SHOW] = ['\u001b[?25l', '\u001b[?25h'];
/** Between them a terminal shows nothing of what it is told: no frame is seen half. */
const [HOLD, RELEASE] = ['\u001b[?2026h', '\u001b[?2026l'];
const TO_END = '\u001b[J';

/** `lines`: what is to be seen now, asked again when the size has changed. */
export function createLive(terminal: Terminal, lines: () => readonly string[]): Live {
  let pending = '';
  const paper = {
    get columns() {
      return terminal.columns();
    },
    get rows() {
      return terminal.rows();
    },
    write(text: string): boolean {
      pending += text;
      return true;
    },
  };
  const update = createLogUpdate(paper as unknown as NodeJS.WriteStream, { showCursor: true });
  let drawn: readonly string[] = [];
  let columns = terminal.columns();

  const flush = (): void => {
    if (pending !== '') terminal.write(`${HOLD}${HIDE}${pending}${RELEASE}`);
    pending = '';
  };
  const clear = (): void => {
    if (drawn.length === 0) return;
    update.clear();
    // A terminal that has become narrower has broken the lines: each piece is a line to go back.
    const now = terminal.columns();
    const broken = drawn.reduce((sum, line) => sum + Math.ceil(widthOf(line) / now) - 1, 0);
    if (now < columns && broken > 0) pending += `\u001b[${broken}A`;
    pending += TO_END;
    drawn = [];
  };
  const put = (now: readonly string[]): void => {
    if (now.length === 0) {
      clear();
      return;
    }
    drawn = now;
    update(now.join('\n'));
    // What was typed meanwhile stands behind the cursor, below the lines.
    if (pending !== '') pending += TO_END;
  };
  const release = terminal.lend({
    above(text) {
      const shown = drawn;
      clear();
      pending += text.endsWith('\n') ? text : `${text}\n`;
      put(shown);
      flush();
    },
    resized() {
      clear();
      columns = terminal.columns();
      put(lines());
      flush();
    },
  });

  return {
    draw(now) {
      put(now);
      flush();
    },
    end(last) {
      release();
      clear();
      pending += last.map((line) => `${line}\n`).join('') + SHOW;
      flush();
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours a line takes no room in it
const widthOf = (line: string): number => Math.max(1, line.replace(/\u001b\[[\d;]*m/g, '').length);
