import type { Duplex } from 'node:stream';
import {
  openTransport,
  type Peer,
  type Transport,
  type TransportOwner,
} from '../protocols/transport.ts';
import { BulkWriter } from './bulk-writer.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 128 * 1024;

/** Milliseconds that a target has to take the last words of a stream that is over. */
const LINGER_MS = 30_000;

/**
 * Each end of a direction ends that direction on the other side; a break of one side breaks the other.
 *
 * @param target Paused. Taken over.
 */
export function joinStreams(stream: Duplex, target: Duplex): void {
  new Join(stream, target).start();
}

class Join implements TransportOwner {
  readonly #stream: Duplex;
  readonly #target: Transport;
  readonly #writer: BulkWriter;
  #lingering: NodeJS.Timeout | undefined;
  #hasTargetEnded = false;
  #isTargetClosed = false;

  constructor(stream: Duplex, target: Duplex) {
    this.#stream = stream;
    this.#target = openTransport(target, 'target', this);
    this.#writer = new BulkWriter(stream);
  }

  start(): void {
    const [stream, target] = [this.#stream, this.#target];
    stream.on('data', (bytes: Buffer) => {
      // Whoever listens before may have found what is not to be carried.
      if (stream.destroyed) return;
      this.#writer.restart();
      target.writeOwned(bytes);
      if (target.queuedBytes > QUEUED_BYTES_MAX) stream.pause();
    });
    stream.on('drain', () => target.resume());
    stream.once('end', () => target.end());
    stream.once('close', () => {
      this.#writer.close();
      // Of what was said to its end, the last words may be on their way to the target.
      const isWhole = stream.readableEnded && this.#hasTargetEnded && stream.writableFinished;
      if (!isWhole) return target.destroy();
      if (this.#isTargetClosed) return;
      this.#lingering = setTimeout(() => target.destroy(), LINGER_MS).unref();
    });
    target.resume();
  }

  received(_: Peer, buffer: Buffer, start: number, end: number): void {
    this.#writer.write(buffer, start, end);
    if (this.#stream.writableLength > QUEUED_BYTES_MAX) this.#target.pause();
  }

  drained(): void {
    this.#stream.resume();
  }

  ended(): void {
    this.#hasTargetEnded = true;
    this.#writer.flush();
    this.#stream.end();
  }

  closed(_: Peer, error: Error | undefined): void {
    clearTimeout(this.#lingering);
    this.#isTargetClosed = true;
    if (error !== undefined || !this.#stream.writableEnded) this.#stream.destroy();
  }
}
