/** Columns of text for people. */

export interface TableOptions {
  /** Columns of the terminal; the last cell of a row is broken between its words. */
  readonly width: number;
  /** Gives a cell its colour; its text stays as long as it is. */
  readonly paint?: (cell: string, column: number, row: number) => string;
}

const GAP = '  ';
/** A last cell is given this much room on a terminal that has none. */
const LEAST = 30;

/** A line for each row, and more where the last cell needs them; no line ends in a space. */
export function table(rows: readonly (readonly string[])[], { width, paint }: TableOptions): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns - 1 }, (_, column) =>
    Math.max(...rows.map((row) => (column < row.length - 1 ? (row[column] ?? '').length : 0))),
  );
  return rows.flatMap((row, at) => {
    const cells = row.slice(0, -1).map((cell, column) => {
      const padding = ' '.repeat((widths[column] ?? 0) - cell.length);
      return `${paint?.(cell, column, at) ?? cell}${padding}${GAP}`;
    });
    const indent = row.slice(0, -1).reduce((sum, _, column) => sum + (widths[column] ?? 0) + GAP.length, 0);
    const [first = '', ...more] = broken(row.at(-1) ?? '', Math.max(LEAST, width - indent));
    return [`${cells.join('')}${first}`, ...more.map((line) => `${' '.repeat(indent)}${line}`)].map((line) =>
      line.trimEnd(),
    );
  });
}

function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
