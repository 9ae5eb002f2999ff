import type { Duplex } from 'node:stream';

/**
 * Resolves once a stream is closed, by its end or by a reset: where a peer leaves while bytes are on their way, either may be
 * seen. (`events.once` rejects if an error comes first.) What still comes has to be read by somebody.
 */
export function untilClosed(stream: Duplex): Promise<void> {
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', () => resolve());
  });
}
