/** YAML as the formatter leaves it. */

export type Yaml = string | boolean | readonly Yaml[] | { readonly [name: string]: Yaml | undefined };

const WIDTH = 100;
const PLAIN = /^(?!(?:true|false|yes|no|on|off|null)$)[A-Za-z./][\w./,'() -]*[\w.)]$/i;

/** The lines of a mapping. */
export const yaml = (value: { readonly [name: string]: Yaml | undefined }, margin = ''): string =>
  Object.entries(value)
    .flatMap(([name, each]) => (each === undefined ? [] : [`${margin}${name}:${member(each, margin)}\n`]))
    .join('');

function member(value: Yaml, margin: string): string {
  if (typeof value === 'string') return ` ${text(value, margin)}`;
  if (typeof value === 'boolean') return ` ${value}`;
  const inner = `${margin}  `;
  return isList(value)
    ? value.map((each) => `\n${inner}- ${element(each, inner)}`).join('')
    : `\n${yaml(value, inner).trimEnd()}`;
}

function element(value: Yaml, margin: string): string {
  if (typeof value === 'string') return text(value, margin);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map((each) => element(each, '')).join(', ')}]`;
  return yaml(value, `${margin}  `).trim();
}

/** Long text is folded. Text that begins like something else is quoted, as JSON is YAML too. */
function text(value: string, margin: string): string {
  if (value.length <= WIDTH) return PLAIN.test(value) ? value : JSON.stringify(value);
  return `>-${folded(value).replaceAll('\n', `\n${margin}  `)}`;
}

/** Each line has as many words as fit, and follows a line end. */
const folded = (value: string): string =>
  ` ${value}`.replace(new RegExp(` (.{1,${WIDTH}})(?= |$)`, 'g'), '\n$1');

const isList = (value: Yaml): value is readonly Yaml[] => Array.isArray(value);
