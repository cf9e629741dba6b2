/** Where a text is no JSON, in words that hold nothing of it. Pure. */

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

interface SyntaxFault {
  /** Offset in UTF-16 units. */
  readonly at: number;
  readonly expected: string;
}

/**
 * Where a text stops being JSON, and what would have gone on; undefined if it is JSON. The runtime's error gives a
 * position in some cases only, and the content in the others. Keeps its own stack, so that no depth overflows.
 */
export function firstError(text: string): SyntaxFault | undefined {
  const open: ('{' | '[')[] = [];
  let at = 0;
  const take = (form: RegExp): boolean => {
    form.lastIndex = at;
    if (!form.test(text)) return false;
    at = form.lastIndex;
    return true;
  };
  const takeChar = (char: string): boolean => {
    take(SPACE);
    if (text[at] !== char) return false;
    at += 1;
    return true;
  };
  const fault = (expected: string): SyntaxFault => ({ at, expected });

  const string = (): SyntaxFault | undefined => {
    at += 1;
    for (;;) {
      const char = text[at];
      if (char === undefined || char < ' ') return fault(`'"' before the line ends`);
      if (char === '"') break;
      if (char !== '\\') at += 1;
      else if (!take(ESCAPE)) return fault('an escape of JSON');
    }
    at += 1;
    return undefined;
  };
  const key = (): SyntaxFault | undefined => {
    take(SPACE);
    if (text[at] !== '"') return fault(`'"'`);
    return string() ?? (takeChar(':') ? undefined : fault(`':'`));
  };
  /** A value, or what opens one; true where a value has just ended. */
  const value = (): SyntaxFault | boolean => {
    take(SPACE);
    const char = text[at];
    if (char === '{') {
      open.push(char);
      at += 1;
      if (!takeChar('}')) return key() ?? false;
      open.pop();
      return true;
    }
    if (char === '[') {
      open.push(char);
      at += 1;
      if (!takeChar(']')) return false;
      open.pop();
      return true;
    }
    if (char === '"') return string() ?? true;
    if (take(LITERAL) || take(NUMBER)) return true;
    return fault(open.length === 0 ? `'{'` : 'a value');
  };

  for (;;) {
    let step = value();
    while (step === true) {
      const inside = open.at(-1);
      take(SPACE);
      if (inside === undefined) return at === text.length ? undefined : fault('the end of the file');
      const close = inside === '{' ? '}' : ']';
      if (takeChar(close)) open.pop();
      else if (takeChar(',')) step = inside === '{' ? (key() ?? false) : false;
      else return fault(`',' or '${close}'`);
    }
    if (step !== false) return step;
  }
}
