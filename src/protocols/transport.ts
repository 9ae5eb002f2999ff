import net from 'node:net';

/** Bytes that one read may bring. One buffer serves every plain socket of the process. */
const READ_BYTES_MAX = 256 * 1024;
/** Up to this size a write is copied into memory that the garbage collector frees. */
const SMALL_WRITE_BYTES_MAX = 4 * 1024;
/** Copies of larger writes kept for reuse, so that a bulk result does not map fresh pages for each. */
const SPARE_COPIES_MAX = 64;

/** What the owner of a transport is told. */
export interface TransportEvents {
  /** Bytes arrived, `buffer[start, end)`; valid during the call only. */
  bytes(buffer: Buffer, start: number, end: number): void;
  /** Everything written has been handed to the system. */
  drained(): void;
  /** The peer sends nothing more. */
  ended(): void;
  /** The socket is gone; `error` says why when it was not orderly. Called once. */
  closed(error: Error | undefined): void;
}

/** One side of a session: a socket, driven by callbacks without a queue in between. */
export interface Transport {
  /** Copies and writes `buffer[start, end)`. */
  write(buffer: Buffer, start: number, end: number): void;
  /** Writes bytes that the caller does not change any more. */
  writeOwned(bytes: Buffer): void;
  /** Bytes written that the system has not taken yet. */
  readonly queuedBytes: number;
  pause(): void;
  resume(): void;
  /** Says that nothing more will be written, once all of it is. */
  end(): void;
  destroy(): void;
}

/** The handle below a plain socket. Not part of Node's documented surface, hence looked for, never assumed. */
interface WithHandle {
  _handle: object | null | undefined;
}

const sharedReadBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BYTES_MAX);
const spareCopies: Buffer[] = [];

/**
 * Takes a connected, paused socket over. Reading starts with `resume`.
 *
 * A plain socket is re-opened on its handle with `onread`: libuv then reads into one shared buffer
 * and calls back at once, which costs half of what `'data'` events do. TLS sockets use events.
 */
export function openTransport(socket: net.Socket, events: TransportEvents): Transport {
  const handle = (socket as unknown as WithHandle)._handle;
  const isPlain = socket.constructor === net.Socket;
  if (!isPlain || handle === null || handle === undefined) return adopt(socket, events, true);

  const queued = socket.read() as Buffer | null;
  (socket as unknown as WithHandle)._handle = null;
  socket.removeAllListeners();
  socket.destroy();
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: sharedReadBuffer,
      callback(size: number, buffer: Uint8Array): boolean {
        events.bytes(buffer as Buffer, 0, size);
        return true;
      },
    },
  };
  const transport = adopt(new net.Socket(options as net.SocketConstructorOpts), events, false);
  if (queued === null) return transport;
  let unread: Buffer | undefined = queued;
  const resume = (): void => {
    transport.resume();
    const bytes = unread;
    unread = undefined;
    if (bytes !== undefined) events.bytes(bytes, 0, bytes.length);
  };
  return {
    ...transport,
    resume,
    get queuedBytes() {
      return transport.queuedBytes;
    },
  };
}

function adopt(socket: net.Socket, events: TransportEvents, byEvents: boolean): Transport {
  let failure: Error | undefined;
  if (byEvents) socket.on('data', (chunk: Buffer) => events.bytes(chunk, 0, chunk.length));
  // A socket on an open handle reads as soon as it is made.
  socket.pause();
  socket.on('drain', () => events.drained());
  socket.on('end', () => events.ended());
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => events.closed(failure));
  return {
    get queuedBytes() {
      return socket.writableLength;
    },
    write: (buffer, start, end) => writeCopy(socket, buffer, start, end),
    writeOwned: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** The caller's bytes are only lent (the read buffer is shared), and a write may outlive the call. */
function writeCopy(socket: net.Socket, buffer: Buffer, start: number, end: number): void {
  const size = end - start;
  if (size <= SMALL_WRITE_BYTES_MAX || size > READ_BYTES_MAX) {
    const copy = Buffer.allocUnsafe(size);
    buffer.copy(copy, 0, start, end);
    socket.write(copy);
    return;
  }
  const copy = spareCopies.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES_MAX);
  buffer.copy(copy, 0, start, end);
  socket.write(copy.subarray(0, size), () => {
    if (spareCopies.length < SPARE_COPIES_MAX) spareCopies.push(copy);
  });
}
