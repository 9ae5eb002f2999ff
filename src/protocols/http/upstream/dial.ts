import type { Duplex } from 'node:stream';
import { dialTarget } from '../../dial-target.ts';
import type { LookUp } from '../../resolve-target.ts';
import { startTls, type UpstreamTlsOptions } from '../../start-tls.ts';
import { UpstreamError } from '../../upstream-error.ts';

/** Where a target is, how to check it, and what to show it. */
export interface DialOptions extends UpstreamTlsOptions {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds until the target can be spoken to. */
  readonly connectTimeoutMs: number;
  /** Default: `dns.lookup`. */
  readonly lookUp?: LookUp;
  /** How to reach the target; {@link dialTarget} by default. */
  readonly openStream?: (signal: AbortSignal) => Promise<Duplex>;
}

/** What may be spoken to a target, by its name in ALPN. */
export type HttpApplication = 'h2' | 'http/1.1';

/** A new connection to a target, with a listener for `error`. */
export interface Dialed {
  readonly socket: Duplex;
  readonly application: HttpApplication;
}

/**
 * Connects to a target and checks it.
 *
 * @param applications What may be spoken, best first. Without TLS, the first is.
 * @throws {UpstreamError} Nothing is left open then.
 */
export async function dial(
  options: DialOptions,
  applications: readonly HttpApplication[],
): Promise<Dialed> {
  const deadline = AbortSignal.timeout(options.connectTimeoutMs);
  const { openStream = (signal) => dialTarget(options, signal) } = options;
  const plain = await openStream(deadline);
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const giveUp = (): void =>
    reject(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no connection in time'));
  deadline.addEventListener('abort', giveUp);
  if (deadline.aborted) giveUp();
  try {
    return await Promise.race([secure(plain, options, applications), expired]);
  } catch (error) {
    plain.destroy();
    throw error;
  } finally {
    deadline.removeEventListener('abort', giveUp);
  }
}

async function secure(
  plain: Duplex,
  options: DialOptions,
  applications: readonly HttpApplication[],
): Promise<Dialed> {
  const [preferred = 'http/1.1'] = applications;
  if (options.tls.mode === 'disable') return { socket: plain, application: preferred };
  const socket = await startTls(plain, options, applications);
  socket.on('error', () => undefined);
  // A target without ALPN speaks what everybody spoke before there was ALPN.
  const application = socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
  if (applications.includes(application)) return { socket, application };
  throw new UpstreamError('ERR_UPSTREAM_PROTOCOL', 'it does not speak the version that it should');
}
