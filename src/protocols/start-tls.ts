import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  getCACertificates,
  type TLSSocket,
} from 'node:tls';
import type { UpstreamTlsMode } from '../configuration/upstream-tls.ts';
import { UpstreamError } from './upstream-error.ts';

/** How to check a target, and what to show it. */
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

/**
 * Begins TLS with a target on a connection, and checks the target as far as the mode says, which is not
 * `disable`.
 *
 * @param applications What may be spoken over it, best first (ALPN); the target need not choose any.
 * @returns Without listeners: `error` needs one within the same turn.
 * @throws {UpstreamError} `ERR_UPSTREAM_TLS`; the caller closes the connection.
 */
export async function startTls(
  plain: Duplex,
  options: UpstreamTlsOptions,
  applications: readonly string[],
): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error & { readonly code?: unknown }): void => {
    const reason = typeof error.code === 'string' ? error.code : 'the handshake failed';
    reject(new UpstreamError('ERR_UPSTREAM_TLS', reason, { cause: error }));
  };
  const onClose = (): void =>
    reject(new UpstreamError('ERR_UPSTREAM_TLS', 'the server closed the connection'));
  let socket: TLSSocket;
  try {
    socket = connect({
      ...connectionOptions(options),
      ALPNProtocols: [...applications],
      socket: plain,
    });
  } catch (error) {
    throw new UpstreamError('ERR_UPSTREAM_TLS', 'the certificates given are not usable', {
      cause: error,
    });
  }
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
