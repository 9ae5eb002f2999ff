import { generateKeyPairSync } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { encodePublicKey } from '../../wire/ssh/public-key.ts';
import { SshTransport } from './transport/ssh-transport.ts';
import type { HostKey } from './transport/transport-options.ts';

const { privateKey } = generateKeyPairSync('ed25519');

/** The key of servers in tests. */
export const HOST_KEY: HostKey = { privateKey, blob: encodePublicKey(privateKey) };

/** Two ends of one connection, keys exchanged, in memory. */
export interface TransportPair {
  readonly client: SshTransport;
  readonly server: SshTransport;
}

export async function openTransportPair(): Promise<TransportPair> {
  const [one, other] = duplexPair();
  const signal = new AbortController().signal;
  const [client, server] = await Promise.all([
    openClientTransport(one),
    SshTransport.open(other, { role: 'server', software: 'Server', hostKeys: [HOST_KEY] }, signal),
  ]);
  return { client, server };
}

/** A client that believes every host. */
export function openClientTransport(
  stream: Parameters<typeof SshTransport.open>[0],
): Promise<SshTransport> {
  const signal = new AbortController().signal;
  const verifyHostKey = (): { readonly kind: 'trusted' } => ({ kind: 'trusted' });
  return SshTransport.open(stream, { role: 'client', software: 'Client', verifyHostKey }, signal);
}
