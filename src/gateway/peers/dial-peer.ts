import { X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { readPeer } from '../../protocols/tunnel/peer.ts';
import { PeerError } from './peer-error.ts';
import { PEER_PROTOCOL, type PeerIdentity } from './peer-identity.ts';
import type { PeerPlace } from './peer-link.ts';

/** Milliseconds until a gateway that cannot be reached is given up. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Connects to another gateway, and checks that it is the one that is meant.
 *
 * @throws {Error} If nobody is there, or somebody else.
 */
export function dialPeer(place: PeerPlace, identity: PeerIdentity): Promise<TLSSocket> {
  const { name, host, port } = place;
  const { certificatePem, keyPem, authorityPem } = identity;
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({
    ...{ host, port, cert: certificatePem, key: keyPem, ca: authorityPem },
    minVersion: 'TLSv1.3',
    ALPNProtocols: [PEER_PROTOCOL],
    // Gateways have names, not hosts: a certificate of the authority for another name is somebody else's.
    checkServerIdentity: (_, certificate) =>
      isGateway(certificate.raw, name)
        ? undefined
        : new PeerError(name, 'who answers there is another'),
  });
  const timer = setTimeout(() => socket.destroy(new Error('ETIMEDOUT')), CONNECT_TIMEOUT_MS);
  socket.once('secureConnect', () => resolve(socket));
  // Stays: whoever takes the socket over has a listener of its own as well.
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('it closed the connection')));
  return promise.finally(() => clearTimeout(timer));
}

function isGateway(certificate: Buffer, name: string): boolean {
  const peer = readPeer(new X509Certificate(certificate));
  return peer?.role === 'gateway' && peer.name === name;
}
