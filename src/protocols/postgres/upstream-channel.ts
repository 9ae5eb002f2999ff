import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Gets bytes that arrived. They are valid only during the call: copy what must stay. */
export type Receiver = (bytes: Buffer) => void;

/**
 * A socket, and who gets the bytes that arrive on it. The login has them first, then the relay.
 *
 * This hides that Node.js hands over bytes in two ways: as `data` events, or, at half the cost, in a
 * buffer given when the socket was made (`onread`), which TLS does not have.
 */
export interface ByteChannel {
  /** Write, pause and resume here. `error` has a listener already; `close` follows every `error`. */
  readonly socket: Socket;
  /** Replaces the receiver. Pause the socket before taking the receiver away. */
  receive(receiver: Receiver | undefined): void;
}

/** Begins to connect; failures come as events of the socket. */
export type OpenChannel = (host: string, port: number) => ByteChannel;

/** How long a connection may be silent before the kernel asks whether the peer still lives. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/** A channel over any socket, by `data` events. */
export function channelOf(socket: Socket): ByteChannel {
  ignoreErrors(socket);
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

/** Connects by TCP, or to the Unix socket in the directory `host` if that is an absolute path. */
export function openTcpChannel(host: string, port: number): ByteChannel {
  return channelOf(connect(addressOf(host, port)));
}

/**
 * Like {@link openTcpChannel}, but reads into `buffer`, which many channels may share: it is in use
 * only while a receiver runs.
 */
export function openTcpChannelInto(buffer: Buffer): OpenChannel {
  return (host, port) => {
    let current: Receiver | undefined;
    const socket = connect({
      ...addressOf(host, port),
      onread: {
        buffer,
        callback: (size) => {
          current?.(buffer.subarray(0, size));
          return true;
        },
      },
    });
    ignoreErrors(socket);
    return {
      socket,
      receive(receiver) {
        current = receiver;
      },
    };
  };
}

function addressOf(host: string, port: number): NetConnectOpts {
  if (host.startsWith('/')) return { path: `${host}/.s.PGSQL.${port}` };
  return {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  };
}

/** An `error` without a listener would end the process; between two owners there is none. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}
