import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Bytes that wait for the socket. Above what the windows of a tunnel allow, the other end does not play by them. */
const WAITING_BYTES_MAX: number = 64 * 1024 * 1024;

/**
 * A socket that takes every write at once. A session of HTTP/2 in Node reads nothing while a write of its own waits:
 * when both ends have more to send than the kernels keep, each would wait for the other to read, for ever. What waits
 * here is bounded by the window that the other end gives for the whole tunnel.
 */
export class UnblockedSocket extends Duplex {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: true, autoDestroy: true });
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error: Error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(chunk);
    this.#finishWrite(done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.#socket.cork();
    for (const { chunk } of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
    this.#finishWrite(done);
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #finishWrite(done: () => void): void {
    if (this.#socket.writableLength > WAITING_BYTES_MAX) {
      this.destroy(new Error('Cannot send: the other end does not read'));
    }
    done();
  }
}
