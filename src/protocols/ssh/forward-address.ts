import { lookup } from 'node:dns/promises';
import type { SshTarget } from '../../targets/target.ts';
import { isOrdinaryAddress } from '../ordinary-address.ts';

/** Where a connection through a host may lead. */
export type ForwardAddress =
  | {
      readonly kind: 'found';
      /** As the target's file writes it: one place has one name, by which policies know it. */
      readonly host: string;
      readonly address: string;
    }
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
  const found = target.forwards.find(
    (listed) => listed.port === port && listed.host.toLowerCase() === wanted,
  );
  if (found === undefined) return refuse('the target may not be asked to connect there');
  const addresses = await resolve(host);
  const [address] = addresses;
  if (address === undefined) return refuse('the name of the host cannot be resolved');
  if (!addresses.every(isOrdinaryAddress)) {
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
  return { kind: 'found', host: found.host, address };
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

function refuse(reason: string): ForwardAddress {
  return { kind: 'refused', reason };
}
