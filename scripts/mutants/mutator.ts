/** Ways to break a program a little: each is one edit of its text. Pure. */
import { type AnyNode, type Node, parse } from 'acorn';

export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Edit = readonly [where: { readonly start: number; readonly end: number }, text: string];

const SWAPPED: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
};
const METHODS = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
  ['every', 'some'],
  ['some', 'every'],
  ['push', 'unshift'],
  ['startsWith', 'endsWith'],
]);
/** Calls that give what they were called on, changed: the change is left out. */
const CHANGING = new Set(['filter', 'sort', 'slice', 'trim', 'replace', 'reverse']);

const program = (code: string): AnyNode => parse(code, { ecmaVersion: 2022, sourceType: 'module' });

function isProgram(code: string): boolean {
  try {
    program(code);
    return true;
  } catch {
    return false;
  }
}

/** Every edit that makes another program of it, once. */
export function mutationsOf(code: string): Mutation[] {
  const found = new Map<string, Mutation>();
  walk(program(code), (node, parent) => {
    for (const [{ start, end }, text] of editsOf(node, parent, code))
      if (code.slice(start, end) !== text) found.set(`${start} ${end} ${text}`, { start, end, text });
  });
  // One that is no program says nothing about the tests.
  return [...found.values()]
    .filter(({ start, end, text }) => isProgram(code.slice(0, start) + text + code.slice(end)))
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

function walk(node: AnyNode, visit: (node: AnyNode, parent?: AnyNode) => void, parent?: AnyNode): void {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return;
  visit(node, parent);
  for (const below of Object.values(node).flat())
    if (typeof (below as Partial<Node> | null)?.type === 'string') walk(below, visit, node);
}

function editsOf(node: AnyNode, parent: AnyNode | undefined, code: string): Edit[] {
  const textOf = ({ start, end }: Node): string => code.slice(start, end);
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return [
        [node.test, 'true'],
        [node.test, 'false'],
      ];
    case 'WhileStatement':
    case 'DoWhileStatement':
      return [[node.test, 'false']];
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return [...swapped(node, textOf), ...sides(node, textOf)];
    case 'UnaryExpression':
      return node.operator === '!' || node.operator === '-' ? [[node, textOf(node.argument)]] : [];
    case 'UpdateExpression':
      return [[node, textOf(node).replace(node.operator, node.operator === '++' ? '--' : '++')]];
    case 'Literal':
      return parent?.type === 'Property' && parent.key === node ? [] : literal(node, textOf(node));
    case 'TemplateLiteral':
      return [[node, '``']];
    case 'ArrayExpression':
      return node.elements.length > 0 ? [[node, '[]']] : [];
    case 'ObjectExpression':
      return node.properties.length > 0 ? [[node, '({})']] : [];
    case 'BlockStatement':
      return node.body.length > 1 ? [[node, '{}']] : [];
    case 'ExpressionStatement':
    case 'ThrowStatement':
    case 'ContinueStatement':
      return [[node, ';']];
    case 'ReturnStatement':
      if (!node.argument) return [[node, ';']];
      return textOf(node.argument) === 'undefined' ? [] : [[node, 'return;']];
    case 'ArrowFunctionExpression':
      return node.body.type === 'BlockStatement' || textOf(node.body) === 'undefined'
        ? []
        : [[node.body, '(void 0)']];
    case 'MemberExpression':
      return node.optional
        ? [[{ start: node.object.end, end: node.object.end + 2 }, node.computed ? '' : '.']]
        : [];
    case 'CallExpression':
      return calls(node, textOf);
    default:
      return [];
  }
}

function swapped(
  node: { readonly operator: string; readonly left: Node; readonly right: Node },
  textOf: (node: Node) => string,
): Edit[] {
  const { left, right, operator } = node;
  const between = textOf({ start: left.end, end: right.start } as Node);
  return (SWAPPED[operator] ?? []).map((other) => [
    { start: left.end, end: right.start },
    between.replace(operator, other),
  ]);
}

/** A part of a condition that no longer counts. */
function sides(
  node: { readonly type: string; readonly operator: string; readonly left: Node; readonly right: Node },
  textOf: (node: Node) => string,
): Edit[] {
  if (node.type !== 'LogicalExpression') return [];
  const { left, right, operator } = node;
  if (operator === '??') return [[node as unknown as Node, textOf(left)]];
  const neutral = operator === '&&' ? 'true' : 'false';
  return [
    [left, neutral],
    [right, neutral],
  ];
}

function literal(node: AnyNode & { type: 'Literal' }, text: string): Edit[] {
  if (node.regex) return expressions(node.regex.pattern, node.regex.flags).map((one): Edit => [node, one]);
  if (typeof node.value === 'string') return [[node, node.value === '' ? "'mutant'" : "''"]];
  if (typeof node.value === 'number') return [[node, `(${text} + 1)`]];
  if (typeof node.value === 'boolean') return [[node, String(!node.value)]];
  return [];
}

function expressions(pattern: string, flags: string): string[] {
  const others = [
    pattern.replace(/^\^/, ''),
    pattern.replace(/\$$/, ''),
    pattern.replace(/\\d/, '\\D'),
    pattern.replace(/\[\^/, '['),
    pattern.replace(/\[(?!\^)/, '[^'),
    pattern.replace(/\+(?=$|\)|\\|[^\]\w])/, ''),
    pattern.replace(/\?/, ''),
  ].filter((other) => other !== pattern && other !== '' && isValid(other));
  return [
    ...others.map((other) => `/${other}/${flags}`),
    ...(flags === '' ? [] : [`/${pattern}/${flags.slice(0, -1)}`]),
  ];
}

function isValid(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

function calls(node: AnyNode & { type: 'CallExpression' }, textOf: (node: Node) => string): Edit[] {
  const { callee } = node;
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return [];
  const { name } = callee.property;
  const other = METHODS.get(name);
  return [
    ...(other === undefined ? [] : [[callee.property, other] as const]),
    ...(CHANGING.has(name) ? [[node, textOf(callee.object)] as const] : []),
  ];
}
