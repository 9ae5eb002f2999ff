import { createHash, type X509Certificate } from 'node:crypto';
import { encodeSslRequest } from '../../wire/postgres/ssl-request.ts';
import { startTls, type UpstreamTlsOptions } from '../start-tls.ts';
import { UpstreamError } from '../upstream-error.ts';
import { type ByteChannel, channelOf } from './upstream-channel.ts';
import { UpstreamReader } from './upstream-reader.ts';

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
  const socket = await startTls(plain.socket, options, ['postgresql']);
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
