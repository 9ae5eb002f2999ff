import { isIPv4, isIPv6 } from 'node:net';

/** The network that an address is compared by: 24 bits of IPv4, 48 of IPv6. An address that is none stands for itself. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(mapped)) return `${mapped.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  const leading = groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return `${leading.join(':')}::/48`;
}

/** Whom refused sign-ins are counted by: an IPv4 address, or the network of an IPv6 one, in which a single client has many to choose from. */
export function originOf(address: string): string {
  const network = networkOf(address);
  return network.endsWith('::/48') ? network : address;
}
