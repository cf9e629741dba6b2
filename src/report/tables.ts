/** A table that becomes a list of cards where the page is narrow; to programs that read pages aloud it stays a table. */
import { type Html, html, type Part } from './html.js';

export interface Column {
  readonly label: string;
  readonly kind: 'name' | 'number' | 'text' | 'drawn' | 'bar';
  /** Below the label, where there is room for a head. */
  readonly head?: Html;
}

export interface Line {
  /** As many as there are columns; the first one names the line. */
  readonly cells: readonly Part[];
  /** Below the line, as wide as the table. */
  readonly note?: Part;
}

export function table(options: {
  readonly caption: Part;
  readonly columns: readonly Column[];
  readonly lines: readonly Line[];
  readonly total?: readonly Part[];
}): Html {
  const { caption, columns, lines, total } = options;
  // The roles are those that the elements have anyway; some browsers forget them where a table is laid out as cards.
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ label, kind, head }) => html`<th role="columnheader" scope="col" class="${kind}">${label}${head}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${lines.map((line) => row(line, columns))}</tbody>${
    total === undefined
      ? undefined
      : html`
<tfoot role="rowgroup">${row({ cells: total }, columns)}</tfoot>`
  }
</table>`;
}

function row({ cells, note }: Line, columns: readonly Column[]): Html {
  return html`
<tr role="row">${cells.map((cell, at) => {
    const { label, kind } = columns[at] ?? { label: '', kind: 'text' };
    return at === 0
      ? html`<th role="rowheader" scope="row" class="${kind}">${cell}</th>`
      : html`<td role="cell" data-label="${label}" class="${kind}">${cell}</td>`;
  })}</tr>${
    note === undefined
      ? undefined
      : html`
<tr role="row" class="note"><td role="cell" colspan="${columns.length}">${note}</td></tr>`
  }`;
}
