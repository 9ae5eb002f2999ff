import { connect, type Socket } from 'node:net';
import { startTls, type UpstreamTlsOptions } from '../../start-tls.ts';
import { describeSocketError, UpstreamError } from '../../upstream-error.ts';
import { type LookUp, resolveTarget } from './resolve-target.ts';

/** Where a target is, how to check it, and what to show it. */
export interface DialOptions extends UpstreamTlsOptions {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds until the target can be spoken to. */
  readonly connectTimeoutMs: number;
  /** Default: `dns.lookup`. */
  readonly lookUp?: LookUp;
}

/** What may be spoken to a target, by its name in ALPN. */
export type HttpApplication = 'h2' | 'http/1.1';

/** A new connection to a target, with a listener for `error`. */
export interface Dialed {
  readonly socket: Socket;
  readonly application: HttpApplication;
}

/** How long a connection may be silent before the kernel asks whether the target still lives. */
const KEEP_ALIVE_AFTER_MS = 30_000;

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
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const giveUp = (): void =>
    reject(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no connection in time'));
  deadline.addEventListener('abort', giveUp);
  let socket: Socket | undefined;
  const attempt = async (): Promise<Dialed> => {
    const addresses = await resolveTarget(options.host, options.lookUp);
    if (deadline.aborted) throw new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no address in time');
    socket = connect({
      host: options.host,
      port: options.port,
      // Node tries them in turn; nobody is asked again.
      lookup: (_, __, answer) => answer(null, [...addresses]),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
      allowHalfOpen: true,
    });
    await connected(socket);
    return secure(socket, options, applications);
  };
  try {
    return await Promise.race([attempt(), expired]);
  } catch (error) {
    socket?.destroy();
    throw error;
  } finally {
    deadline.removeEventListener('abort', giveUp);
  }
}

async function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  // Stays: an `error` without a listener would end the process.
  socket.on('error', (error) => reject(describeSocketError(error)));
  await promise;
}

async function secure(
  plain: Socket,
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
