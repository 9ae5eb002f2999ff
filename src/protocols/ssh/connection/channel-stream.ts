import { Duplex } from 'node:stream';
import type { ChannelRequest } from '../../../wire/ssh/channel-request.ts';
import type { OutputStream } from '../channel-handler.ts';
import type { Channel, ChannelListener } from './channel.ts';
import type { Reply } from './reply-queue.ts';

/** A channel as a stream of bytes: for a connection that goes through it. */
export class ChannelStream extends Duplex implements ChannelListener {
  readonly #channel: Channel;
  #written: (() => void) | undefined;

  constructor(channel: Channel) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    channel.listen(this, () => this.readableLength);
  }

  onData(bytes: Buffer, stream: OutputStream): void {
    if (stream === 'stdout') this.push(Buffer.from(bytes));
  }

  onEof(): void {
    this.push(null);
  }

  onRequest(_request: ChannelRequest, reply: Reply): void {
    reply(false);
  }

  onSent(): void {
    if (this.#channel.waitingBytes > 0) return;
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  onClose(): void {
    this.destroy();
  }

  override _read(): void {
    this.#channel.renew();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#channel.write(bytes);
    if (this.#channel.waitingBytes === 0) callback();
    else this.#written = callback;
  }

  override _final(callback: () => void): void {
    this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#channel.close();
    callback(error);
  }
}
