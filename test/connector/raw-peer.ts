import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import type { CertificateAndKey } from '../../src/gateway/certificates.ts';
import type { ConnectorRecord } from '../../src/gateway/connectors/connector-store.ts';
import type { TunnelAuthority } from '../../src/gateway/connectors/tunnel-authority.ts';
import type { Peer } from '../../src/protocols/tunnel/peer.ts';
import { encodeControlMessage } from '../../src/wire/tunnel/control-message.ts';
import { encodeFrame } from '../../src/wire/tunnel/frame-decoder.ts';
import { CONTROL_AUTHORITY, TUNNEL_APPLICATION } from '../../src/wire/tunnel/tunnel-protocol.ts';
import { giveToken, type TunnelWorld } from './tunnel-world.ts';

/** A certificate with its key, of whatever authority. */
export async function issueFor(
  authority: TunnelAuthority,
  peer: Peer,
  lifetimeMs = 60_000,
): Promise<CertificateAndKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    certificatePem: await authority.issue(peer, spki, lifetimeMs),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** A connector of the store, with a certificate. */
export async function makeConnector(
  world: TunnelWorld,
  name: string,
  lifetimeMs?: number,
): Promise<{
  readonly record: ConnectorRecord;
  readonly peer: Peer;
  readonly identity: CertificateAndKey;
}> {
  await giveToken(world, name);
  const record = await world.store.find(name);
  assert(record);
  await world.store.noteCertificate(record.id, Date.now() + 60_000);
  const peer = { role: 'connector', name, id: record.id } as const;
  return { record, peer, identity: await issueFor(world.authority, peer, lifetimeMs) };
}

/** Connects as anybody. */
export function connectAs(
  port: number,
  identity: CertificateAndKey | undefined,
  application: string = TUNNEL_APPLICATION,
): Promise<TLSSocket> {
  return secureAs(connect(port, '127.0.0.1'), identity, application);
}

/** Shows a gateway who somebody is, on a connection. */
export async function secureAs(
  connection: Socket,
  identity: CertificateAndKey | undefined,
  application: string = TUNNEL_APPLICATION,
): Promise<TLSSocket> {
  const socket = connectTls({
    ...{ socket: connection, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
    ALPNProtocols: [application],
    ...(identity && { cert: identity.certificatePem, key: identity.keyPem }),
  });
  socket.on('error', () => socket.destroy());
  const closed = once(socket, 'close').then(() => {
    throw new Error('Cannot connect: the gateway closed the connection');
  });
  await Promise.race([once(socket, 'secureConnect'), closed]);
  return socket;
}

/** Whether the other end ends a connection without a word. */
export async function isTurnedAway(socket: TLSSocket): Promise<boolean> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  if (!socket.destroyed) await once(socket, 'close');
  return bytes === 0;
}

/** What a false connector does with the streams of a gateway. */
export interface FalseConnector {
  readonly onControl?: (stream: ServerHttp2Stream) => void;
  readonly onStream?: (stream: ServerHttp2Stream, head: IncomingHttpHeaders) => void;
}

/** A frame with a greeting as it should be. */
export const GREETING: Buffer = encodeFrame(
  encodeControlMessage({
    ...{ kind: 'greeting', version: 'false', process: 'p', startedAtMs: 0, targets: [] },
    recordsKey: generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }),
  }),
);

/** Speaks HTTP/2 as a connector does, and otherwise as it likes. */
export function serveAs(socket: TLSSocket, { onControl, onStream }: FalseConnector): void {
  const session = performServerHandshake(socket);
  session.on('error', () => session.destroy());
  session.on('stream', (stream, head) => {
    stream.on('error', () => undefined);
    if (head[':authority'] !== CONTROL_AUTHORITY) return onStream?.(stream, head);
    stream.respond({ ':status': 200 });
    if (onControl === undefined) stream.write(GREETING);
    else onControl(stream);
  });
}

/** A gateway that says what it likes. */
export interface FalseGateway extends AsyncDisposable {
  readonly port: number;
  /** The next connector that comes. */
  readonly session: Promise<ClientHttp2Session>;
  readonly handshakes: { failed: number };
}

/** Listens as a gateway does. */
export async function startFalseGateway(
  authorityPem: string,
  { certificatePem, keyPem }: CertificateAndKey,
  welcome: Buffer,
): Promise<FalseGateway> {
  const come = Promise.withResolvers<ClientHttp2Session>();
  const sockets = new Set<TLSSocket>();
  const handshakes = { failed: 0 };
  const server = createServer(
    {
      ...{ cert: certificatePem, key: keyPem, ca: [authorityPem], requestCert: true },
      ...{ rejectUnauthorized: false, ALPNProtocols: [TUNNEL_APPLICATION] },
    },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      const session = connectHttp2('https://connector', { createConnection: () => socket });
      session.on('error', () => session.destroy());
      const control = session.request({ ':method': 'CONNECT', ':authority': CONTROL_AUTHORITY });
      control.on('error', () => undefined);
      control.write(welcome);
      control.resume();
      come.resolve(session);
    },
  );
  server.on('tlsClientError', () => (handshakes.failed += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    session: come.promise,
    handshakes,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What becomes of a request: the head of the answer, or `refused` if there is none. */
export async function readAnswer(
  stream: ClientHttp2Stream,
): Promise<IncomingHttpHeaders | 'refused'> {
  stream.on('error', () => undefined);
  const answered = once(stream, 'response') as Promise<[IncomingHttpHeaders]>;
  const refused = once(stream, 'close').then(() => undefined);
  answered.catch(() => undefined);
  refused.catch(() => undefined);
  const outcome = await Promise.race([answered, refused]);
  return outcome?.[0] ?? 'refused';
}
