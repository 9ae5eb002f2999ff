import type { RawStream } from '../../protocols/http/exchange.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;

/** Carries bytes both ways between two connections that are no longer of HTTP, until either is gone. */
export function joinRawStreams(one: RawStream, other: RawStream): void {
  carry(one, other);
  carry(other, one);
}

function carry(from: RawStream, to: RawStream): void {
  from.start({
    onData(bytes) {
      to.write(Buffer.from(bytes));
      if (to.queuedBytes > QUEUED_BYTES_MAX) from.pause();
    },
    onDrain: () => to.resume(),
    onEnd: () => to.end(),
    onClose: () => to.destroy(),
  });
}
