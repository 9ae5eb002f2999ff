import { connect, type Socket } from 'node:net';
import { type LookUp, resolveTarget } from './resolve-target.ts';
import { describeSocketError, UpstreamError } from './upstream-error.ts';

/** Where a target listens. */
export type ListeningPlace =
  | {
      /** Name or address. */
      readonly host: string;
      readonly port: number;
      /** Default: `dns.lookup`. */
      readonly lookUp?: LookUp;
    }
  /** Of a Unix socket. */
  | { readonly path: string };

/** How long a connection may be silent before the kernel asks whether the target still lives. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/**
 * Connects to a target.
 *
 * @param signal Aborts when it takes too long, or nobody waits any more.
 * @returns Paused. An `error` of it has a listener already; `close` follows every `error`.
 * @throws {UpstreamError} Nothing is left open then.
 */
export async function dialTarget(place: ListeningPlace, signal: AbortSignal): Promise<Socket> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    const reason = 'no connection in time';
    reject(new UpstreamError('ERR_UPSTREAM_TIMEOUT', reason, { cause: signal.reason }));
  };
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  const opening = openSocket(place, signal);
  try {
    return await Promise.race([opening, expired]);
  } catch (error) {
    // It may still be under way.
    opening.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function openSocket(place: ListeningPlace, signal: AbortSignal): Promise<Socket> {
  if ('path' in place) return connected(connect({ path: place.path, allowHalfOpen: true }), signal);
  const { host, port, lookUp } = place;
  const addresses = await resolveTarget(host, lookUp);
  const socket = connect({
    host,
    port,
    // Node tries them in turn; nobody is asked again.
    lookup: (_, __, answer) => answer(null, [...addresses]),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    allowHalfOpen: true,
  });
  return connected(socket, signal);
}

async function connected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    socket.destroy();
  };
  const onClose = (): void =>
    reject(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'no connection'));
  signal.addEventListener('abort', stop);
  socket.once('connect', resolve);
  socket.once('close', onClose);
  // Stays: an `error` without a listener would end the process.
  socket.on('error', (error) => reject(describeSocketError(error)));
  try {
    if (signal.aborted) stop();
    await promise;
    socket.pause();
    return socket;
  } finally {
    signal.removeEventListener('abort', stop);
    // It would keep the socket in memory when a transport has taken the connection over.
    socket.off('close', onClose);
  }
}
