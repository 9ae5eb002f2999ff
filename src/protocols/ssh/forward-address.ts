import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { SshTarget } from '../../targets/target.ts';

/** Where a connection through a host may lead. */
export type ForwardAddress =
  | { readonly kind: 'found'; readonly address: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** A host, by name or address, and a port. */
export interface ForwardPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Finds the address that a client's words mean, if the target's file lists them. The target is given the
 * address: a name could mean something else there.
 */
export async function findForwardAddress(
  target: Pick<SshTarget, 'forwards' | 'host' | 'port'>,
  { host, port }: ForwardPlace,
): Promise<ForwardAddress> {
  const wanted = host.toLowerCase();
  const isListed = target.forwards.some(
    (listed) => listed.port === port && listed.host.toLowerCase() === wanted,
  );
  if (!isListed) return refuse('the target may not be asked to connect there');
  const addresses = await resolve(host);
  const [address] = addresses;
  if (address === undefined) return refuse('the name of the host cannot be resolved');
  if (!addresses.every(isForwardable)) {
    return refuse(
      'addresses of the target itself, of its link and of its cloud are never connected to',
    );
  }
  if (port === target.port) {
    const own = await resolve(target.host);
    if (addresses.some((candidate) => own.includes(candidate))) {
      return refuse('the target is reached through the gateway only');
    }
  }
  return { kind: 'found', address };
}

/** Whether an address is one that a forward may lead to, wherever it is connected to from. */
export function isForwardable(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !NEVER.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** All addresses of a host; none if it cannot be found. */
async function resolve(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Not there, or nobody to ask: for a client this is the same.
    return [];
  }
}

/** Addresses that mean the machine itself, its link, or what a cloud tells its machines. */
const NEVER = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.192', 32],
  ['100.100.100.200', 32],
  ['224.0.0.0', 3],
] as const) {
  NEVER.addSubnet(network, bits, 'ipv4');
  // The same, written as IPv6.
  NEVER.addSubnet(`::ffff:${network}`, 96 + bits, 'ipv6');
  NEVER.addSubnet(`64:ff9b::${network}`, 96 + bits, 'ipv6');
}
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
] as const) {
  NEVER.addSubnet(network, bits, 'ipv6');
}

function refuse(reason: string): ForwardAddress {
  return { kind: 'refused', reason };
}
