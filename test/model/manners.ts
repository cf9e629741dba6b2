/** How a run asks: where, how often, and when not. */
import { Broken, demand } from './laws.js';
import { endpointOf, type Noted, ORIGIN } from './network.js';
import type { Ran } from './run.js';

/** I9, I10, I12. */
export function expectManners({ requests }: Ran): void {
  const sent = new Map<string, number[]>();
  for (const request of requests) {
    const { url, headers, endpoint } = request;
    demand(url.origin === ORIGIN, () => `I12: a request to ${url.origin}`);
    if (url.pathname === '/') {
      demand(!('authorization' in headers), () => 'I12: the key where none is needed');
      continue;
    }
    sent.set(endpoint, [...(sent.get(endpoint) ?? []), request.sent]);
  }
  for (const { endpoint, answered, after, status } of requests) {
    if (status !== 429) continue;
    const rest = { from: answered, until: answered + Math.max(1, after ?? 0) * 1000 };
    for (const at of sent.get(endpoint) ?? [])
      demand(
        at <= rest.from || at >= rest.until,
        () => `I9: ${endpoint} was asked ${(rest.until - at) / 1000} s before it may`,
      );
  }
  for (const [name, times] of sent) {
    const limit = endpointOfName(requests, name)?.limit;
    if (limit === undefined) throw new Broken(`a request to ${name}, which is no endpoint`);
    for (const [ms, most] of [
      [1_000, limit.burst],
      [60_000, limit.steady],
    ] as const)
      times.forEach((at, index) => {
        const first = times[index - most];
        demand(
          first === undefined || at - first >= ms,
          () => `I10: more than ${most} of ${name} in ${ms} ms`,
        );
      });
  }
  const wrong = requests.find(
    ({ status, fault, url }) => status === 400 && fault?.kind !== 'expired' && url.pathname !== '/',
  );
  demand(wrong === undefined, () => `I9: refused as wrong: ${wrong?.url.href}`);
}

const endpointOfName = (requests: readonly Noted[], name: string) => {
  const found = requests.find(({ endpoint }) => endpoint === name);
  return found === undefined ? undefined : endpointOf(found.url.pathname);
};
