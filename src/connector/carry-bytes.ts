import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StreamRefusedError } from './stream-refused-error.ts';
import type { TargetStream } from './target-stream.ts';

/** Milliseconds of silence after which the kernel asks whether the target still lives. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * Connects to a target, to carry bytes that say nothing to the connector.
 *
 * @throws {StreamRefusedError}
 */
export async function openBytes(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<TargetStream> {
  const socket = connect({
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(new StreamRefusedError('target-unreachable', 'not in time'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', resolve);
  socket.on('error', (cause: NodeJS.ErrnoException) =>
    reject(new StreamRefusedError('target-unreachable', cause.code ?? 'no connection', { cause })),
  );
  try {
    if (signal.aborted) abort();
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return {
    join: (stream) => joinSocket(stream, socket),
    close: () => void socket.destroy(),
  };
}

/** Each end of a direction ends that direction on the other side; a break of one side breaks the other. */
function joinSocket(stream: Duplex, socket: Socket): void {
  stream.pipe(socket);
  socket.pipe(stream);
  stream.once('close', () => socket.destroy());
  socket.once('error', () => stream.destroy());
  socket.once('close', (hadError) => {
    if (hadError || !stream.writableEnded) stream.destroy();
  });
}
