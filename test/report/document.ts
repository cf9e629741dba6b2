/** A page as a browser's parser understands it, and what tests ask of it. */
import { type ParserError, parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';

export type Element = Tree.Element;

export interface Parsed {
  readonly elements: readonly Element[];
  readonly errors: readonly ParserError[];
  readonly comments: number;
}

export function parsed(page: string): Parsed {
  const errors: ParserError[] = [];
  const document = parse(page, { onParseError: (error) => errors.push(error) });
  const elements: Element[] = [];
  let comments = 0;
  const visit = (node: Tree.Node): void => {
    if (node.nodeName === '#comment') comments += 1;
    if ('tagName' in node) elements.push(node);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(document);
  return { elements, errors, comments };
}

export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((one) => one.name === name)?.value;

export const classed = (element: Element, name: string): boolean =>
  (attribute(element, 'class') ?? '').split(' ').includes(name);

/** All text of a node, spaces as people see them. */
export function text(node: Tree.Node): string {
  const all = (one: Tree.Node): string =>
    'value' in one ? one.value : 'childNodes' in one ? one.childNodes.map(all).join('') : '';
  return all(node).replaceAll('\u00a0', ' ');
}

export function only(elements: readonly Element[], tag: string): Element {
  const [found, ...more] = elements.filter(({ tagName }) => tagName === tag);
  if (found === undefined || more.length > 0) throw new Error(`${found ? 'several' : 'no'} ${tag}`);
  return found;
}

/** The cells of each row of a table. */
export const rowsOf = (table: Element): string[][] =>
  within(table, 'tr').map((row) =>
    row.childNodes.filter((cell) => 'tagName' in cell).map((cell) => text(cell).trim()),
  );

export function within(element: Element, tag: string): Element[] {
  return element.childNodes.flatMap((child) =>
    'tagName' in child ? [...(child.tagName === tag ? [child] : []), ...within(child, tag)] : [],
  );
}
