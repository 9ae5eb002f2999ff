import type { Duplex } from 'node:stream';
import type { RawSink, RawStream } from './exchange.ts';

/** A socket whose connection is no longer one of HTTP. */
export class RawSocket implements RawStream {
  readonly #socket: Duplex;
  #unread: Buffer;
  #isPaused = false;
  #sink: RawSink | undefined;

  /** @param unread What came behind the head, and is for the sink. */
  constructor(socket: Duplex, unread: Buffer) {
    this.#socket = socket;
    this.#unread = unread;
    socket.pause();
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  start(sink: RawSink): void {
    this.#sink = sink;
    let failure: Error | undefined;
    this.#socket.on('drain', () => sink.onDrain());
    this.#socket.on('end', () => sink.onEnd());
    this.#socket.on('error', (error) => {
      failure = error;
    });
    this.#socket.on('close', () => sink.onClose(failure));
    this.#socket.on('data', (bytes: Buffer) => sink.onData(bytes));
    if (this.#socket.destroyed) {
      queueMicrotask(() => sink.onClose(undefined));
      return;
    }
    this.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const unread = this.#unread;
    if (unread.length > 0) {
      this.#unread = Buffer.alloc(0);
      this.#sink?.onData(unread);
    }
    if (!this.#isPaused) this.#socket.resume();
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
