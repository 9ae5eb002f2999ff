import type { Transport } from '../../transport.ts';
import type { RawSink, RawStream } from '../exchange.ts';

/** A connection to a target that speaks something else than HTTP from now on. */
export class UpgradedTransport implements RawStream {
  readonly #transport: Transport;
  /** What came before somebody wanted it. */
  #unread: Buffer;
  #sink: RawSink | undefined;
  #isPaused = true;
  #isClosed = false;
  #failure: Error | undefined;

  /** @param transport Paused. @param unread What came behind the head. */
  constructor(transport: Transport, unread: Buffer) {
    this.#transport = transport;
    this.#unread = unread;
  }

  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  start(sink: RawSink): void {
    this.#sink = sink;
    if (this.#isClosed) sink.onClose(this.#failure);
    else this.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const unread = this.#unread;
    this.#unread = Buffer.alloc(0);
    if (unread.length > 0) this.#sink?.onData(unread);
    // The sink may have paused it again.
    if (!this.#isPaused) this.#transport.resume();
  }

  write(bytes: Buffer): void {
    this.#transport.writeOwned(bytes);
  }

  end(): void {
    this.#transport.end();
  }

  destroy(): void {
    this.#transport.destroy();
  }

  // What the connection passes on.

  receive(bytes: Buffer): void {
    if (this.#isPaused) this.#unread = Buffer.concat([this.#unread, bytes]);
    else this.#sink?.onData(bytes);
  }

  drained(): void {
    this.#sink?.onDrain();
  }

  ended(): void {
    this.#sink?.onEnd();
  }

  closed(error: Error | undefined): void {
    this.#isClosed = true;
    this.#failure = error;
    this.#sink?.onClose(error);
  }
}
