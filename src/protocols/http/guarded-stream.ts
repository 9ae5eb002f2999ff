import type { RawSink, RawStream } from './exchange.ts';

/** A stream of an upgraded exchange: what its sink throws ends that exchange, and not whoever reads for it. */
export class GuardedStream implements RawStream {
  readonly #stream: RawStream;
  readonly #guarded: (act: () => void) => void;

  constructor(stream: RawStream, guarded: (act: () => void) => void) {
    this.#stream = stream;
    this.#guarded = guarded;
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  start(sink: RawSink): void {
    this.#stream.start({
      onData: (bytes) => this.#guarded(() => sink.onData(bytes)),
      onDrain: () => this.#guarded(() => sink.onDrain()),
      onEnd: () => this.#guarded(() => sink.onEnd()),
      onClose: (error) => this.#guarded(() => sink.onClose(error)),
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  write(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
