import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Address } from '../configuration/fields.ts';
import { type Peer, readPeer } from '../protocols/tunnel/peer.ts';
import type { ConnectorIdentity } from './connector-identity.ts';

/** Milliseconds for TCP: then a link that comes back is found sooner than by the kernel's patience. */
const CONNECT_TIMEOUT_MS = 1_500;
/** Milliseconds for TLS. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/** A gateway that proved to be one. */
export interface DialedGateway {
  readonly socket: TLSSocket;
  readonly gateway: Peer;
}

export interface DialOptions {
  readonly address: Address;
  /** PEM of the authority of tunnels. */
  readonly authorityPem: string;
  /** Who we are; undefined while that is not known. */
  readonly identity: ConnectorIdentity | undefined;
  /** What is to be spoken, as ALPN calls it. */
  readonly application: string;
}

/**
 * Connects to a gateway. Who is there is proved by our own authority and by the role in the certificate: names and
 * addresses prove nothing, so that a gateway may move, or stand behind a balancer.
 *
 * @throws If nobody is there, or nobody who is a gateway.
 */
export async function dialGateway(
  { address, authorityPem, identity, application }: DialOptions,
  signal: AbortSignal,
): Promise<DialedGateway> {
  const tcp = connectTcp({
    ...address,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  });
  await waitFor(tcp, 'connect', CONNECT_TIMEOUT_MS, signal);
  let gateway: Peer | undefined;
  const socket = connectTls({
    socket: tcp,
    ca: [authorityPem],
    ...(identity !== undefined && { cert: identity.certificatePem, key: identity.keyPem }),
    minVersion: 'TLSv1.3',
    ALPNProtocols: [application],
    checkServerIdentity: (_host, { raw }) => {
      gateway = readPeer(new X509Certificate(raw));
      return gateway?.role === 'gateway' ? undefined : new Error('the peer is no gateway');
    },
  });
  await waitFor(socket, 'secureConnect', HANDSHAKE_TIMEOUT_MS, signal);
  if (gateway === undefined || socket.alpnProtocol !== application) {
    socket.destroy();
    throw new Error('Cannot use the gateway: it does not speak our protocol');
  }
  return { socket, gateway };
}

async function waitFor(
  socket: Socket,
  event: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const patience = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
  const abort = (): void => reject(patience.reason as Error);
  patience.addEventListener('abort', abort, { once: true });
  socket.once(event, resolve);
  // Stays: whoever takes the socket over has a listener of its own as well.
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('Cannot connect: the connection was closed')));
  try {
    if (patience.aborted) abort();
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    patience.removeEventListener('abort', abort);
  }
}
