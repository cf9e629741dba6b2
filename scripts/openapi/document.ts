/** An OpenAPI document, read as far as the comparison needs it. */

export interface Node {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
}

export interface Filter {
  readonly operators: Readonly<Partial<Record<'single' | 'list' | 'none', readonly string[]>>>;
  readonly value?: Node;
}

export interface Operation {
  readonly description?: string;
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly schema?: Node }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema?: Node }>> }>
  >;
  readonly 'x-klaviyo-ratelimit'?: { readonly burst: string; readonly steady: string };
  readonly 'x-klaviyo-scopes'?: readonly string[];
  readonly 'x-klaviyo-filters'?: Readonly<Record<string, Filter>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
  readonly components?: unknown;
}

/** What a value can be, all variants of it taken together. */
export interface Shape {
  /** More than one: the variants disagree. None: the document does not say. */
  readonly types: ReadonlySet<string>;
  readonly formats: ReadonlySet<string | undefined>;
  readonly names: readonly string[];
  /** Names that a list of required ones leaves out; where there is no such list, the document does not say. */
  readonly optional: readonly string[];
  readonly values: readonly unknown[];
  readonly property: (name: string) => Shape | undefined;
  readonly items: () => Shape | undefined;
}

/** Our names for the parts of a path differ from the document's. */
const anonymous = (path: string): string => path.replace(/\{\w+\}/g, '{}');

export function operationOf(document: Document, path: string): Operation | undefined {
  const found = Object.keys(document.paths).find((each) => anonymous(each) === anonymous(path));
  return found === undefined ? undefined : document.paths[found]?.get;
}

export function parametersOf(document: Document, operation: Operation): ReadonlyMap<string, Node> {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : (lookUp(document, parameter.$ref) as typeof parameter),
  );
  return new Map(parameters.map(({ name, schema }) => [name ?? '', schema ?? {}]));
}

function lookUp(document: Document, ref: string): unknown {
  let node: unknown = document;
  for (const name of ref.replace(/^#\//, '').split('/'))
    node = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[name] : undefined;
  if (node === undefined) throw new Error(`the document refers to ${ref}, which it does not have`);
  return node;
}

/**
 * The parts of a schema that say something. Alternatives and compositions are taken as one: a column holds
 * whatever any of them may send, so the difference does not matter here.
 */
function leaves(document: Document, node: Node): Node[] {
  if (node.$ref !== undefined) return leaves(document, lookUp(document, node.$ref) as Node);
  const parts = [...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])];
  const own = node.type !== undefined || node.properties !== undefined || node.items !== undefined;
  return [...(own ? [node] : []), ...parts.flatMap((part) => leaves(document, part))];
}

export function shapeOf(document: Document, ...nodes: readonly Node[]): Shape {
  const parts = nodes.flatMap((node) => leaves(document, node));
  const types = new Set(parts.map(typeOfPart));
  if (types.has('number')) types.delete('integer');
  return {
    types,
    formats: new Set(parts.map(({ format }) => format)),
    names: [...new Set(parts.flatMap(({ properties }) => Object.keys(properties ?? {})))],
    optional: parts.flatMap(({ properties, required }) =>
      required === undefined ? [] : Object.keys(properties ?? {}).filter((name) => !required.includes(name)),
    ),
    values: parts.flatMap((part) => part.enum ?? []),
    property: (name) =>
      shapeOrNothing(
        document,
        parts.map(({ properties }) => properties?.[name]),
      ),
    items: () =>
      shapeOrNothing(
        document,
        parts.map(({ items }) => items),
      ),
  };
}

function shapeOrNothing(document: Document, nodes: readonly (Node | undefined)[]): Shape | undefined {
  const present = nodes.filter((node) => node !== undefined);
  return present.length === 0 ? undefined : shapeOf(document, ...present);
}

const typeOfPart = ({ type, properties }: Node): string =>
  type ?? (properties === undefined ? 'array' : 'object');

export function answerOf(document: Document, operation: Operation): Shape {
  const [media] = Object.values(operation.responses['200']?.content ?? {});
  return shapeOf(document, media?.schema ?? {});
}

/** The JSON:API object of a type in an operation's answer, in `data` or in `included`. */
export function objectOf(document: Document, operation: Operation, type: string): Shape | undefined {
  const [media] = Object.values(operation.responses['200']?.content ?? {});
  for (const place of ['data', 'included']) {
    const candidates = leaves(document, media?.schema ?? {}).flatMap((body) => {
      const member = body.properties?.[place];
      if (member === undefined) return [];
      return leaves(document, member).flatMap((leaf) => leaf.items ?? leaf);
    });
    const objects = candidates
      .flatMap(({ oneOf, anyOf, ...rest }) => oneOf ?? anyOf ?? [rest as Node])
      .filter((object) => shapeOf(document, object).property('type')?.values.includes(type));
    if (objects.length > 0) return shapeOf(document, ...objects);
  }
  return undefined;
}
