import { createHash, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  getCACertificates,
  type TLSSocket,
} from 'node:tls';
import type { UpstreamTlsMode } from '../../configuration/upstream-tls.ts';
import { encodeSslRequest } from '../../wire/postgres/ssl-request.ts';
import { UpstreamError } from '../upstream-error.ts';
import { type ByteChannel, channelOf } from './upstream-channel.ts';
import { UpstreamReader } from './upstream-reader.ts';

/** How to check the server, and what to show it. */
export interface UpstreamTlsOptions {
  readonly host: string;
  readonly tls: {
    readonly mode: UpstreamTlsMode;
    /** PEM of the authorities to trust; those of the operating system when absent. */
    readonly ca?: string;
    /** Name the certificate must carry; `host` when absent. */
    readonly serverName?: string;
  };
  /** PEM. */
  readonly clientCertificate?: string;
  /** PEM. */
  readonly clientKey?: string;
}

/** A connection on which nothing but the login may follow. */
export interface SecuredChannel {
  readonly channel: ByteChannel;
  /** Absent without TLS. */
  readonly certificate: X509Certificate | undefined;
}

const ANSWER_YES = 0x53; // S

/**
 * Asks for TLS and sets it up, unless the mode is `disable`. Never goes on without.
 *
 * @throws {UpstreamError} `ERR_UPSTREAM_TLS` if the server has no TLS or does not pass; the caller
 *   closes the connection.
 */
export async function secureChannel(
  plain: ByteChannel,
  options: UpstreamTlsOptions,
): Promise<SecuredChannel> {
  if (options.tls.mode === 'disable') return { channel: plain, certificate: undefined };
  await askForTls(plain);
  const socket = await startTls(plain, options);
  const certificate = socket.getPeerX509Certificate();
  return { channel: channelOf(socket), certificate };
}

async function askForTls(plain: ByteChannel): Promise<void> {
  using reader = new UpstreamReader(plain);
  plain.socket.write(encodeSslRequest());
  const answer = await reader.byte();
  // An ErrorResponse is possible here, but anyone on the way could have written it: not looked at.
  if (answer !== ANSWER_YES) {
    throw new UpstreamError('ERR_UPSTREAM_TLS', 'the server does not offer TLS');
  }
  // Believed, they would pass for something said over TLS (CVE-2021-23222).
  if (reader.leftoverBytes > 0) {
    throw new UpstreamError('ERR_UPSTREAM_TLS', 'plain bytes follow the agreement on TLS');
  }
}

async function startTls(plain: ByteChannel, options: UpstreamTlsOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error & { readonly code?: unknown }): void => {
    const reason = typeof error.code === 'string' ? error.code : 'the handshake failed';
    reject(new UpstreamError('ERR_UPSTREAM_TLS', reason, { cause: error }));
  };
  const onClose = (): void =>
    reject(new UpstreamError('ERR_UPSTREAM_TLS', 'the server closed the connection'));
  let socket: TLSSocket;
  try {
    socket = connect({ ...connectionOptions(options), socket: plain.socket });
  } catch (error) {
    throw new UpstreamError('ERR_UPSTREAM_TLS', 'the certificates given are not usable', {
      cause: error,
    });
  }
  // `channelOf` adds the lasting listener only after this one is gone, within the same turn.
  socket.once('secureConnect', resolve);
  socket.once('error', fail);
  socket.once('close', onClose);
  await promise;
  socket.off('error', fail);
  socket.off('close', onClose);
  return socket;
}

function connectionOptions({
  host,
  tls,
  clientCertificate,
  clientKey,
}: UpstreamTlsOptions): ConnectionOptions {
  const name = tls.serverName ?? host;
  const options: ConnectionOptions = {
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['postgresql'],
    ca: tls.ca ?? getCACertificates('system'),
    // As in libpq, `require` given an authority checks the chain: silence would be a trap.
    rejectUnauthorized: tls.mode !== 'require' || tls.ca !== undefined,
    checkServerIdentity: (_, certificate) =>
      tls.mode === 'verify-full' ? checkServerIdentity(name, certificate) : undefined,
  };
  // An IP address is not allowed as a server name indication (RFC 6066, section 3).
  if (isIP(name) === 0) options.servername = name;
  if (clientCertificate !== undefined) options.cert = clientCertificate;
  if (clientKey !== undefined) options.key = clientKey;
  return options;
}

/** Hash of the signature in a certificate, by the object identifier of the signature algorithm. */
const SIGNATURE_HASHES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'md5'],
  ['1.2.840.113549.1.1.5', 'sha1'],
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.113549.1.1.14', 'sha224'],
  ['1.2.840.10045.4.1', 'sha1'],
  ['1.2.840.10045.4.3.1', 'sha224'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
]);

/**
 * Hashes a certificate for the channel binding `tls-server-end-point`.
 *
 * Undefined for signatures whose hash has no say in the algorithm's name (Ed25519, RSASSA-PSS): the
 * binding is not defined for the first, and servers before 16 do not know it for the second.
 *
 * @see RFC 5929, section 4.1
 */
export function hashForChannelBinding(certificate: X509Certificate): Buffer | undefined {
  const hash = SIGNATURE_HASHES.get(certificate.signatureAlgorithmOid);
  if (hash === undefined) return undefined;
  const isWeak = hash === 'md5' || hash === 'sha1';
  return createHash(isWeak ? 'sha256' : hash)
    .update(certificate.raw)
    .digest();
}
