import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isOrdinaryAddress } from './ordinary-address.ts';
import { UpstreamError } from './upstream-error.ts';

/** One address of a target. */
export interface TargetAddress {
  readonly address: string;
  readonly family: number;
}

/** Asks for all addresses of a name; `dns.lookup` by default. */
export type LookUp = (name: string) => Promise<readonly TargetAddress[]>;

/**
 * Finds the addresses of a target, once for each connection: what was checked here is what is connected to.
 *
 * An address that the configuration spells out is taken as it is. A name must stand for ordinary addresses alone:
 * whoever answers for it could lead the gateway, and its credential, to itself or to what a cloud tells its
 * machines. `localhost` is never asked of anybody (RFC 6761, section 6.3).
 *
 * @throws {UpstreamError}
 */
export async function resolveTarget(
  host: string,
  lookUp: LookUp = lookUpAll,
): Promise<readonly TargetAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  let addresses: readonly TargetAddress[];
  try {
    addresses = await lookUp(host);
  } catch (cause) {
    throw new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'its name is not found', { cause });
  }
  const isAllowed = host === 'localhost' ? isLoopback : isOrdinaryAddress;
  if (addresses.length === 0 || !addresses.every(({ address }) => isAllowed(address))) {
    const reason = 'its name stands for an address that none may stand for';
    throw new UpstreamError('ERR_UPSTREAM_UNREACHABLE', reason);
  }
  return addresses;
}

async function lookUpAll(name: string): Promise<readonly TargetAddress[]> {
  return lookup(name, { all: true });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}
