import { constants, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Address } from '../../configuration/fields.ts';
import { clientAddressOf } from '../../identity/client-address.ts';
import { SignInPlaces } from '../../identity/sign-in-places.ts';
import { type Peer, type PeerRole, readPeer } from '../../protocols/tunnel/peer.ts';
import { logConnectionRefused, logListening, logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import type { CertificateAndKey } from '../certificates.ts';

/** What is spoken on a connection that proved who it is, if the application asks for that. */
export type TunnelApplication =
  | {
      readonly role: PeerRole;
      /** The socket is its own from now on, its errors too. */
      readonly serve: (socket: TLSSocket, peer: Peer, certificate: X509Certificate) => void;
    }
  | {
      readonly role: undefined;
      readonly serve: (socket: TLSSocket) => void;
    };

export interface TunnelListenerOptions {
  /** What the log calls it. */
  readonly name: 'connectors' | 'gateways' | 'processes';
  readonly address: Address;
  /** Descriptor of a socket that somebody else has opened; its address is not asked for then. */
  readonly descriptor?: number | undefined;
  /** Whether this process alone takes its connections, and not all that a cluster has. */
  readonly isOwn?: boolean;
  /** PEM. Whose certificates peers prove themselves with. */
  readonly authorityPem: string;
  /** What the listener shows. */
  readonly certificate: CertificateAndKey;
  /** By what ALPN calls them. */
  readonly applications: ReadonlyMap<string, TunnelApplication>;
  /** Milliseconds for TLS. Default {@link UNPROVEN_TIMEOUT_MS}. */
  readonly handshakeTimeoutMs?: number;
  readonly log: Log;
}

/** An open listener for tunnels. */
export interface TunnelListener {
  readonly host: string;
  readonly port: number;
  /** From the next connection on. */
  replaceCertificate(certificate: CertificateAndKey): void;
  /** Takes no more connections; those that are there go on. */
  close(): void;
}

/** Milliseconds for TLS, and then for the first words of whoever has proved nothing yet. */
export const UNPROVEN_TIMEOUT_MS = 10_000;
/** Connections that have not proved who they are. */
const UNPROVEN_LIMITS = { max: 256, perOriginMax: 64 };
/** Connections of all kinds. */
const CONNECTIONS_MAX = 4_096;

/**
 * Opens the listener where tunnels begin. TLS proves who is at the other end, by certificates of our own authority and
 * in the role that the application asks for; who proves nothing can enrol, if anything.
 */
export async function listenForTunnels(options: TunnelListenerOptions): Promise<TunnelListener> {
  const { name, address, descriptor, isOwn, applications, log } = options;
  const places = new SignInPlaces(UNPROVEN_LIMITS);
  /** TLS does not show the socket beneath it. */
  const unproven = new Map<string, () => void>();
  const server: Server = createServer({
    ...secureOptions(options, options.certificate),
    requestCert: true,
    // Who has none yet enrols. `serve` looks.
    rejectUnauthorized: false,
    ALPNProtocols: [...applications.keys()],
    handshakeTimeout: options.handshakeTimeoutMs ?? UNPROVEN_TIMEOUT_MS,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: UNPROVEN_TIMEOUT_MS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket: Socket) => {
    const clientAddress = clientAddressOf(socket);
    const giveBack = places.take(clientAddress);
    if (giveBack === undefined) {
      const reason = 'too many connections that have not proved who they are';
      logConnectionRefused(log, { clientAddress, reason });
      socket.destroy();
      return;
    }
    const key = placeOf(socket);
    unproven.set(key, giveBack);
    socket.once('close', () => {
      unproven.delete(key);
      giveBack();
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    const reason = serve(applications, socket, () => unproven.get(placeOf(socket))?.());
    if (reason === undefined) return;
    logConnectionRefused(log, { clientAddress: clientAddressOf(socket), reason });
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const place = descriptor === undefined ? address : { fd: descriptor };
    server.listen({ ...place, ...(isOwn === true && { exclusive: true }) }, () => {
      server.off('error', reject);
      server.on('error', (error) => logUnexpectedError(log, 'listener', error));
      resolve();
    });
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  logListening(log, { listener: name, host: address.host, port });
  return {
    host: address.host,
    port,
    replaceCertificate: (certificate) =>
      server.setSecureContext(secureOptions(options, certificate)),
    close: () => void server.close(),
  };
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function secureOptions(
  { authorityPem }: Pick<TunnelListenerOptions, 'authorityPem'>,
  { certificatePem, keyPem }: CertificateAndKey,
) {
  return {
    cert: certificatePem,
    key: keyPem,
    ca: [authorityPem],
    minVersion: 'TLSv1.3' as const,
    // A resumed connection would not be proved anew.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** @returns Why the connection is not served, if it is not. */
function serve(
  applications: TunnelListenerOptions['applications'],
  socket: TLSSocket,
  onProven: () => void,
): string | undefined {
  const application = applications.get(String(socket.alpnProtocol));
  if (application === undefined) return 'names no application of tunnels';
  if (application.role === undefined) {
    application.serve(socket);
    return undefined;
  }
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return 'has no certificate of the authority of tunnels';
  const peer = readPeer(certificate);
  if (peer?.role !== application.role) return 'has a certificate for another role';
  onProven();
  application.serve(socket, peer, certificate);
  return undefined;
}
