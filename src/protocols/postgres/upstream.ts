import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { encodeCancelRequest } from '../../wire/postgres/cancel-request.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { dialTarget, type ListeningPlace } from '../dial-target.ts';
import type { UpstreamTlsOptions } from '../start-tls.ts';
import { describeSocketError, UpstreamError } from '../upstream-error.ts';
import { secureChannel } from './secure-channel.ts';
import { type ByteChannel, channelOf } from './upstream-channel.ts';
import { type BackendKey, type Login, type LoginOptions, login } from './upstream-login.ts';

/** Where a target is and how to get in. */
export interface UpstreamOptions extends UpstreamTlsOptions, LoginOptions {
  /** Name or address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds from the first packet to `ReadyForQuery`; for a cancel, to the end. */
  readonly loginTimeoutMs: number;
  /** How to reach the server; {@link dialTarget} by default. */
  readonly openStream?: (signal: AbortSignal) => Promise<Duplex>;
}

/** A session on a target, logged in and idle. */
export interface UpstreamConnection extends Login {
  /**
   * Where to write, pause, resume and listen for `close`. Paused: attach a receiver to `channel`,
   * check `destroyed`, then resume.
   */
  readonly socket: Duplex;
  /** Where bytes come from. */
  readonly channel: ByteChannel;
  /** As the server reports it, such as `15.18 (Debian 15.18-0+deb12u1)`; empty if it does not. */
  readonly serverVersion: string;
}

/**
 * Connects to a PostgreSQL server and logs in.
 *
 * @throws {UpstreamError} For any failure of the server or the way to it; nothing is left open. When
 *   `signal` aborts, its reason is thrown instead.
 */
export async function connectUpstream(
  options: UpstreamOptions,
  signal: AbortSignal,
): Promise<UpstreamConnection> {
  for (const name of ['user', 'database', 'replication']) {
    assert(!options.parameters.has(name), 'only the target says who logs in where');
  }
  return runWithDeadline(options, signal, async (plain) => {
    const secured = await secureChannel(plain, options);
    const result = await login(secured, options);
    const { channel } = secured;
    const serverVersion = result.parameters.get('server_version') ?? '';
    return { ...result, socket: channel.socket, channel, serverVersion };
  });
}

/**
 * Asks the server to cancel what a session runs, on a connection of its own that is checked like the
 * session's. Resolves once the server has taken the request; it never says whether it did anything.
 */
export async function cancelUpstream(
  options: Omit<UpstreamOptions, keyof LoginOptions>,
  { processId, secretKey }: BackendKey,
  signal: AbortSignal,
): Promise<void> {
  await runWithDeadline(options, signal, async (plain) => {
    const { channel } = await secureChannel(plain, options);
    const { socket } = channel;
    const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', (error) => reject(describeSocketError(error)));
    socket.once('end', () => socket.destroy());
    socket.once('close', resolve);
    socket.write(encodeCancelRequest(processId, secretKey));
    // The server has taken the request when it hangs up; what it might say is of no interest.
    channel.receive(() => undefined);
    socket.resume();
    await closed;
    plain.socket.destroy();
  });
}

/** Opens a connection for `run` and closes it unless `run` succeeds in time. */
async function runWithDeadline<Result>(
  options: Pick<UpstreamOptions, 'host' | 'port' | 'loginTimeoutMs' | 'openStream'>,
  signal: AbortSignal,
  run: (plain: ByteChannel) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const { loginTimeoutMs, openStream = (over) => dialTarget(placeOf(options), over) } = options;
  const expiry = new AbortController();
  const timer = setTimeout(() => {
    const reason = `no login within ${loginTimeoutMs} ms`;
    expiry.abort(new UpstreamError('ERR_UPSTREAM_TIMEOUT', reason));
  }, loginTimeoutMs);
  const over = AbortSignal.any([signal, expiry.signal]);
  let plain: Duplex | undefined;
  const stop = (): void => {
    plain?.destroy();
  };
  over.addEventListener('abort', stop);
  try {
    plain = await openStream(over);
    over.throwIfAborted();
    const result = await run(channelOf(plain));
    // The deadline may have fallen after the last byte: the stream is gone then.
    over.throwIfAborted();
    return result;
  } catch (error) {
    stop();
    throw over.aborted ? over.reason : describeFailure(error);
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', stop);
  }
}

function placeOf({ host, port }: Pick<UpstreamOptions, 'host' | 'port'>): ListeningPlace {
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

function describeFailure(error: unknown): unknown {
  if (!(error instanceof ProtocolError)) return error;
  return new UpstreamError('ERR_UPSTREAM_PROTOCOL', error.message, { cause: error });
}
