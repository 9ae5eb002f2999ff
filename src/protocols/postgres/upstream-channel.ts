import type { Duplex } from 'node:stream';

/** Gets bytes that arrived. They are valid only during the call: copy what must stay. */
export type Receiver = (bytes: Buffer) => void;

/** A stream, and who gets the bytes that arrive on it. The login has them first, then the relay. */
export interface ByteChannel {
  /** Write, pause and resume here. `error` has a listener already; `close` follows every `error`. */
  readonly socket: Duplex;
  /** Replaces the receiver. Pause the socket before taking the receiver away. */
  receive(receiver: Receiver | undefined): void;
}

/** A channel over any stream. */
export function channelOf(socket: Duplex): ByteChannel {
  // An `error` without a listener would end the process; between two owners there is none.
  socket.on('error', () => undefined);
  let current: Receiver | undefined;
  return {
    socket,
    receive(receiver) {
      if (current !== undefined) socket.off('data', current);
      current = receiver;
      if (receiver !== undefined) socket.on('data', receiver);
    },
  };
}
