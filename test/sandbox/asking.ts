import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';

export const NOW = Date.parse('2026-07-20T12:00:00Z');
export const SMALL = { profiles: 230, events: 2600, now: () => NOW } satisfies SandboxOptions;

export interface Doc {
  // biome-ignore lint/suspicious/noExplicitAny: documents are read as they come.
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same.
  readonly included?: any[];
  readonly links: { readonly next?: string | null; readonly prev?: string | null };
  readonly errors: {
    readonly code: string;
    readonly detail: string;
    readonly source: { parameter?: string };
  }[];
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly doc: Doc;
}

/** `path` with its query written plainly; a full link is followed as it is. */
export async function ask(
  sandbox: Sandbox,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Reply> {
  const response = await fetch(path.startsWith('http') ? path : `${sandbox.url}${encodeURI(path)}`, {
    method,
    headers: { authorization: `Klaviyo-API-Key ${sandbox.apiKey}`, revision: '2026-07-15', ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, doc: JSON.parse(text) as Doc };
}

/** The ids of all pages, in order; `between` runs after each page. */
export async function idsOf(
  sandbox: Sandbox,
  path: string,
  between: () => void = () => {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | null | undefined = path; next; ) {
    const { status, doc, text }: Reply = await ask(sandbox, next);
    if (status !== 200) throw new Error(text);
    ids.push(...doc.data.map(({ id }: { id: string }) => id));
    between();
    next = doc.links.next;
  }
  return ids;
}

export async function withSandbox<T>(
  options: SandboxOptions,
  use: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  const sandbox = await startSandbox({ limits: false, ...SMALL, ...options });
  try {
    return await use(sandbox);
  } finally {
    await sandbox.close();
  }
}
