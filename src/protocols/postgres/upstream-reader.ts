import { frameLength, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { describeSocketError, UpstreamError } from '../upstream-error.ts';
import type { ByteChannel } from './upstream-channel.ts';

/**
 * Bytes a server may send from the first to `ReadyForQuery`. A real one sends about 600; notices of
 * login triggers add to that.
 */
const LOGIN_BYTES_MAX = 64 * 1024;

/** One message of the server. */
export interface ReceivedMessage {
  readonly type: number;
  readonly body: Buffer;
  /** Header and body. */
  readonly whole: Buffer;
}

/** Reads what a server says during login, one message at a time. One reader owns the channel. */
export class UpstreamReader implements Disposable {
  readonly #channel: ByteChannel;
  #buffered: Buffer = Buffer.alloc(0);
  #receivedBytes = 0;
  #failure: Error | undefined;
  /** Set while someone waits for bytes. */
  #wake: (() => void) | undefined;

  readonly #onError = (error: Error): void => this.#fail(describeSocketError(error));
  readonly #onEnd = (): void =>
    this.#fail(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'the server closed the connection'));

  constructor(channel: ByteChannel) {
    this.#channel = channel;
    const { socket } = channel;
    if (socket.destroyed) this.#onEnd();
    socket.on('error', this.#onError);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    channel.receive((bytes) => this.#append(bytes));
    socket.resume();
  }

  /** Bytes that arrived and were not read. */
  get leftoverBytes(): number {
    return this.#buffered.length;
  }

  /** Reads one byte that stands alone: the answer to SSLRequest. */
  async byte(): Promise<number> {
    await this.#waitFor(() => this.#buffered.length > 0);
    const byte = this.#buffered.readUInt8(0);
    this.#buffered = this.#buffered.subarray(1);
    return byte;
  }

  /**
   * Reads one message.
   *
   * @throws {UpstreamError} If the connection breaks or the server says too much.
   * @throws {ProtocolError} If the message has an impossible length.
   */
  async message(): Promise<ReceivedMessage> {
    let length = 0;
    await this.#waitFor(() => {
      length = frameLength(this.#buffered, 0, this.#buffered.length, LOGIN_BYTES_MAX);
      return length > 0 && length <= this.#buffered.length;
    });
    const whole = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return { type: whole.readUInt8(0), body: whole.subarray(MESSAGE_HEADER_BYTES), whole };
  }

  /** Pauses the socket and takes everything off it that this reader put there. */
  [Symbol.dispose](): void {
    const { socket } = this.#channel;
    socket.pause();
    this.#channel.receive(undefined);
    socket.off('error', this.#onError);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onEnd);
  }

  async #waitFor(isReady: () => boolean): Promise<void> {
    while (!isReady()) {
      if (this.#failure !== undefined) throw this.#failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #append(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > LOGIN_BYTES_MAX) {
      this.#fail(
        new UpstreamError(
          'ERR_UPSTREAM_PROTOCOL',
          `the server sent more than ${LOGIN_BYTES_MAX} bytes before it was ready`,
        ),
      );
      this.#channel.socket.destroy();
      return;
    }
    // Copies: the receiver's bytes are valid only during this call.
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    this.#wake?.();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake?.();
  }
}
