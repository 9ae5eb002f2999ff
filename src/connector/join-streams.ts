import type { Duplex } from 'node:stream';

/** Each end of a direction ends that direction on the other side; a break of one side breaks the other. */
export function joinStreams(stream: Duplex, target: Duplex): void {
  stream.pipe(target);
  target.pipe(stream);
  stream.once('close', () => target.destroy());
  target.once('error', () => stream.destroy());
  target.once('close', () => {
    if (target.errored !== null || !stream.writableEnded) stream.destroy();
  });
}
