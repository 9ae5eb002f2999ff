import { isIPv4, isIPv6 } from 'node:net';

/** IPv4 within IPv6, as a socket that listens to both names its clients (RFC 4291 section 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The one form in which an address is entered, shown and compared: IPv4 as such, also where it comes in IPv6. */
export function plainAddress(address: string): string {
  return address.replace(MAPPED, '');
}

/** Of whoever is at the other end of a socket; `unknown` once they are gone. */
export function clientAddressOf(socket: { readonly remoteAddress?: string | undefined }): string {
  return plainAddress(socket.remoteAddress ?? 'unknown');
}

/** The network that an address is compared by: 24 bits of IPv4, 48 of IPv6. An address that is none stands for itself. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  return isIPv6(plain) ? prefixOf(plain, 48) : plain;
}

/** The link that an IPv6 address is on, 64 bits: any host there has all addresses of it. Another address stands for itself. */
export function linkOf(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? prefixOf(plain, 64) : plain;
}

/** @param bits Of an IPv6 address; a multiple of 16. */
function prefixOf(plain: string, bits: 48 | 64): string {
  const [head = '', tail] = plain.toLowerCase().split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  const leading = groups
    .slice(0, bits / 16)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${leading.join(':')}::/${bits}`;
}

/** Whom limits and refusals are counted by: an IPv4 address, or the network of an IPv6 one, in which a single client has many to choose from. */
export function originOf(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? networkOf(plain) : plain;
}
