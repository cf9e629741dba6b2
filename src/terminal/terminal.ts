/** The terminal behind stderr: its lowest lines may be drawn on, and what is said meanwhile stands above them. */
import type { WriteStream } from 'node:tty';

export interface Terminal {
  readonly columns: () => number;
  readonly rows: () => number;
  /** stdout is on it, too: whatever is drawn there would be torn by what a read writes. */
  readonly shared: boolean;
  /** Text and control sequences as they are, in one piece. */
  readonly write: (text: string) => void;
  /** From now on all other text for people is handed to `drawing`; the function returned ends that. */
  readonly lend: (drawing: Drawing) => () => void;
}

export interface Drawing {
  /** Text to be shown above what is drawn. */
  readonly above: (text: string) => void;
  readonly resized: () => void;
}

/** Sizes of a terminal that does not tell its own. */
const [COLUMNS, ROWS] = [80, 24];

/** Whether to draw: what says that nobody looks at it, or that it would not look right, is heeded. */
export const isDrawable = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && !env.NO_COLOR && env.CI === undefined && env.TERM !== 'dumb';

/** `tell` writes past whoever draws; `say`, for all other text, does not. */
export function createTerminal(
  stream: Pick<WriteStream, 'columns' | 'rows' | 'on' | 'off'>,
  tell: (text: string) => void,
  shared: boolean,
): { readonly terminal: Terminal; readonly say: (text: string) => boolean } {
  let drawing: Drawing | undefined;
  return {
    terminal: {
      columns: () => stream.columns || COLUMNS,
      rows: () => stream.rows || ROWS,
      shared,
      write: tell,
      lend(to) {
        drawing = to;
        stream.on('resize', to.resized);
        return () => {
          stream.off('resize', to.resized);
          if (drawing === to) drawing = undefined;
        };
      },
    },
    say(text) {
      drawing?.above(text);
      return drawing !== undefined;
    },
  };
}
