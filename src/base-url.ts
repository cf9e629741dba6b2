/** Where requests may go. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { Fault } from './errors.js';

function blocks(...ranges: readonly (readonly [net: string, prefix: number])[]): (host: string) => boolean {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, isIPv4(net) ? 'ipv4' : 'ipv6');
  return (host) => (isIPv4(host) ? list.check(host) : isIPv6(host) && list.check(host, 'ipv6'));
}

const isLoopback = blocks(['127.0.0.0', 8], ['::1', 128]);
/** Networks behind a firewall, and the addresses where clouds hand out credentials. */
const isPrivate = blocks(
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::', 128],
  ['fc00::', 7],
  ['fe80::', 10],
);

/**
 * The origin of a URL, without a slash at its end. The key goes wherever this points, so only a public host over TLS
 * may be named, or this machine. Throws KLV_BASE_URL.
 */
export function baseUrl(value: unknown, show: (value: unknown) => string): string {
  const wrong = (what: string, remedy?: string): Fault =>
    new Fault('KLV_BASE_URL', what, remedy === undefined ? {} : { remedy });
  const text = typeof value === 'string' ? value.trim() : '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text))
    throw wrong(`base_url ${show(value)} is no URL of https`);
  // A user part may hold a password: what follows is the host alone.
  if (url.username !== '' || url.password !== '') throw wrong('base_url has a user part');
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  const shown = show(host);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw wrong(`base_url ${shown} is followed by a path or a query`, 'leave out what follows the host');
  const loopback = host === 'localhost' || isLoopback(host);
  if (url.protocol === 'http:' && !loopback) throw wrong(`base_url ${shown} is asked over plain http`);
  const inner =
    (!host.includes('.') && !host.includes(':')) || /\.(?:local|internal|localhost|lan)$/.test(host);
  if (!loopback && (isPrivate(host) || inner)) throw wrong(`base_url ${shown} is a private address`);
  return url.origin;
}
