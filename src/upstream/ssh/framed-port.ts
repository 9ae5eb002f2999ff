import type { Duplex } from 'node:stream';
import type { MessagePort } from '../../protocols/ssh/connection/message-port.ts';
import { TransportError } from '../../protocols/ssh/transport/transport-error.ts';
import { writeCopies } from '../../protocols/write-copy.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { encodeDisconnect } from '../../wire/ssh/disconnect.ts';
import { MessageNumber, TRANSPORT_MESSAGE_MAX } from '../../wire/ssh/message-number.ts';
import type { FrameDecoder } from '../../wire/tunnel/frame-decoder.ts';
import { makeSshFrameDecoder } from '../../wire/tunnel/ssh-frame.ts';

/** Bytes that may wait before senders are told to stop. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
/** How long the connector has to take our last words. */
const LINGER_MS = 2_000;
const LENGTH_BYTES = 4;
const NOTHING: Buffer = Buffer.alloc(0);
const UNIMPLEMENTED: Buffer = Buffer.of(MessageNumber.Unimplemented);

/** Writes the payload of one message as a frame. Returns whether there is room for more. */
export function writeFrame(stream: Duplex, head: Buffer, data: Buffer = NOTHING): boolean {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(head.length + data.length, 0);
  writeCopies(stream, [length, head, data]);
  return stream.writableLength < QUEUED_BYTES_MAX;
}

/**
 * An SSH connection that a connector has logged in, over a stream of frames. Keys, their exchange and who the host
 * is are the connector's business.
 */
export class FramedPort implements MessagePort {
  /** Signatures are bound to it, and all of those were made at the connector. */
  readonly sessionId: Buffer = NOTHING;
  readonly serverSignatureAlgorithms = undefined;
  readonly peerIdentification: string;
  readonly #stream: Duplex;
  readonly #decoder: FrameDecoder;
  /** Came for a paused owner. */
  #kept: Buffer[] = [];
  #isPaused = true;
  #failure: Error | undefined;
  #isClosed = false;
  #isEnding = false;
  #messageListener: ((payload: Buffer) => void) | undefined;
  #drainListener: (() => void) | undefined;
  #closeListener: ((error: Error | undefined) => void) | undefined;

  /** @param stream Paused. */
  constructor(stream: Duplex, peerIdentification: string) {
    this.#stream = stream;
    this.peerIdentification = peerIdentification;
    this.#decoder = makeSshFrameDecoder((payload) => this.#receive(payload));
    stream.on('data', (bytes: Buffer) => this.#guarded(() => this.#decoder.push(bytes)));
    stream.pause();
    stream.on('drain', () => this.#drainListener?.());
    stream.on('end', () => this.#guarded(() => this.#end()));
    stream.on('error', (cause) => {
      if (!this.#isEnding) this.#failure ??= describeLoss(cause);
    });
    stream.on('close', () => this.#close());
  }

  send(head: Buffer, data: Buffer = NOTHING): boolean {
    if (this.#isEnding || this.#isClosed) return true;
    return writeFrame(this.#stream, head, data);
  }

  /** The connector knows which message it passed on last. */
  sendUnimplemented(): void {
    this.send(UNIMPLEMENTED);
  }

  onMessage(listener: (payload: Buffer) => void): void {
    const isFirst = this.#messageListener === undefined;
    this.#messageListener = listener;
    if (isFirst) this.resume();
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  onClose(listener: (error: Error | undefined) => void): void {
    this.#closeListener = listener;
    if (this.#isClosed) queueMicrotask(() => listener(this.#failure));
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Later: whoever resumes is not prepared for messages within the call.
    setImmediate(() => this.#guarded(() => this.#continue()));
  }

  setAuthenticated(): void {}

  disconnect(reason: number, description: string): void {
    if (this.#isEnding || this.#isClosed) return;
    this.send(encodeDisconnect({ reason, description }));
    this.#leave();
  }

  #continue(): void {
    while (!this.#isPaused) {
      const payload = this.#kept.shift();
      if (payload === undefined) {
        this.#stream.resume();
        return;
      }
      this.#messageListener?.(payload);
    }
  }

  #receive(payload: Buffer): void {
    if (this.#isEnding) return;
    const [number = 0] = payload;
    if (number <= TRANSPORT_MESSAGE_MAX) {
      throw new ProtocolError('SshFrame', `message ${number} is not for the gateway`);
    }
    if (this.#isPaused || this.#kept.length > 0) this.#kept.push(payload);
    else this.#messageListener?.(payload);
  }

  /** The host has ended the connection, as far as the connector says. */
  #end(): void {
    this.#decoder.end();
    this.#leave();
  }

  #leave(): void {
    this.#isEnding = true;
    this.#stream.end();
    this.#stream.resume();
    const timer = setTimeout(() => this.#stream.destroy(), LINGER_MS);
    this.#stream.once('close', () => clearTimeout(timer));
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failure ??= error as Error;
      this.#stream.destroy();
    }
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isEnding) {
      this.#failure ??= describeLoss();
    }
    this.#closeListener?.(this.#failure);
  }
}

/** Whatever broke the stream, the host is no longer there. */
function describeLoss(cause?: Error): TransportError {
  return new TransportError('ERR_SSH_PEER_LEFT', 'Cannot go on: the connector left', { cause });
}
