import { dialTarget } from '../protocols/dial-target.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { joinStreams } from './join-streams.ts';
import { StreamRefusedError } from './stream-refused-error.ts';
import type { TargetStream } from './target-stream.ts';

/**
 * Connects to a target, to carry bytes that say nothing to the connector.
 *
 * @throws {StreamRefusedError}
 */
export async function openBytes(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<TargetStream> {
  try {
    const socket = await dialTarget({ host, port }, signal);
    return {
      join: (stream) => joinStreams(stream, socket),
      close: () => void socket.destroy(),
    };
  } catch (cause) {
    if (!(cause instanceof UpstreamError)) throw cause;
    throw new StreamRefusedError('target-unreachable', cause.message, { cause });
  }
}
