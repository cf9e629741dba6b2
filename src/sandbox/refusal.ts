/** What the server says no with: a JSON:API error. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly source: { readonly parameter?: string; readonly pointer?: string };
  readonly headers: { readonly [name: string]: string };

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    more: {
      readonly source?: { readonly parameter?: string; readonly pointer?: string };
      readonly headers?: { readonly [name: string]: string };
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.source = more.source ?? { pointer: '/data/' };
    this.headers = more.headers ?? {};
  }
}

export const invalid = (parameter: string, detail: string): Refusal =>
  new Refusal(400, 'invalid', 'Invalid input.', detail, { source: { parameter } });

export const notFound = (detail: string): Refusal => new Refusal(404, 'not_found', 'Not found.', detail);

export function refusalBody(refusal: Refusal, id: string): string {
  const { status, code, title, message: detail, source } = refusal;
  return JSON.stringify({ errors: [{ id, status, code, title, detail, source, links: {}, meta: {} }] });
}
