/**
 * Rows as forms: one row of a kind is rendered as any other, with marks in the places of the values that differ, and
 * every row like it is then a copy with its own values written over the marks. Marks and values are ASCII of one width.
 */
import { compose, type Shape } from '../render.js';
import type { Ref } from '../types.js';
import type { Row } from '../view.js';

interface Form {
  readonly bytes: Buffer;
  /** For each mark, where it stands. */
  readonly places: readonly (readonly number[])[];
}

export interface Kind {
  /** Rows that differ in more than the marked values, by turns. */
  readonly variants: number;
  readonly marks: readonly string[];
  readonly values: (index: number) => readonly string[];
  readonly row: (variant: number, values: readonly string[]) => Row;
  /** What a row refers to, as its object says it. */
  readonly refs: (index: number, relation: string) => readonly Ref[];
}

function formOf(text: string, marks: readonly string[]): Form {
  const bytes = Buffer.from(text);
  const places = marks.map((mark) => {
    const found: number[] = [];
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) found.push(at);
    return found;
  });
  return { bytes, places };
}

function fill({ bytes, places }: Form, values: readonly string[]): Buffer {
  const filled = Buffer.allocUnsafe(bytes.length);
  bytes.copy(filled);
  for (let value = 0; value < places.length; value++) {
    const text = values[value] as string;
    // Byte by byte: for so few of them a call of Buffer costs more.
    for (const at of places[value] as readonly number[])
      for (let i = 0; i < text.length; i++) filled[at + i] = text.charCodeAt(i);
  }
  return filled;
}

/** Rows by index. What a row is like is one function, whether it is printed by its form or looked into. */
export function rowsOf(kind: Kind): (index: number) => Row {
  const known = new Map<string, Form[]>();
  let last: { readonly shape: Shape; readonly origin: string; readonly forms: Form[] } | undefined;

  const formsFor = (shape: Shape, origin: string): Form[] => {
    if (last?.shape === shape && last.origin === origin) return last.forms;
    const key = `${origin} ${shape.key}`;
    const forms = known.get(key) ?? [];
    known.set(key, forms);
    last = { shape, origin, forms };
    return forms;
  };
  const print = (index: number, shape: Shape, origin: string): Buffer => {
    const forms = formsFor(shape, origin);
    const variant = index % kind.variants;
    forms[variant] ??= formOf(compose(kind.row(variant, kind.marks), shape, origin), kind.marks);
    return fill(forms[variant], kind.values(index));
  };
  return (index) => {
    const made = () => kind.row(index % kind.variants, kind.values(index));
    return {
      get object() {
        return made().object;
      },
      get joined() {
        return made().joined;
      },
      refs: (relation) => kind.refs(index, relation),
      print: (shape, origin) => print(index, shape, origin),
    };
  };
}
