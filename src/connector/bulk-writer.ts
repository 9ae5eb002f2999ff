import type { Writable } from 'node:stream';
import { writeCopy } from '../protocols/write-copy.ts';

/** Bytes that go on as they come, before what comes is taken for bulk. */
const AT_ONCE_BYTES_MAX: number = 256 * 1024;
/** Bytes of a piece of bulk. */
const PIECE_BYTES: number = 64 * 1024;
/** Milliseconds that bytes of bulk wait for more of it at most. */
const WAIT_MS = 1;

/**
 * Writes what a target sends. A server such as PostgreSQL sends 8 KiB at a time, and a write through a tunnel costs more
 * than they do, at both ends; so once much has come, pieces are filled, for as long as that takes less than a
 * millisecond. Small answers never wait.
 */
export class BulkWriter {
  readonly #stream: Writable;
  readonly #flush: () => void;
  /** Bytes that came since it was last slow, or asked something. */
  #came = 0;
  #piece: Buffer | undefined;
  #filled = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.#flush = () => {
      this.#timer = undefined;
      if (this.#filled > 0) this.#came = 0;
      this.flush();
    };
  }

  /** The target was asked something: what comes next is the beginning of an answer. */
  restart(): void {
    this.#came = 0;
  }

  /** Takes `buffer[start, end)`, only lent. */
  write(buffer: Buffer, start: number, end: number): void {
    this.#came += end - start;
    if (this.#came <= AT_ONCE_BYTES_MAX) this.flush();
    if (this.#filled === 0 && (this.#came <= AT_ONCE_BYTES_MAX || end - start >= PIECE_BYTES)) {
      writeCopy(this.#stream, buffer, start, end);
      return;
    }
    this.#timer ??= setTimeout(this.#flush, WAIT_MS);
    for (let at = start; at < end; ) {
      this.#piece ??= sparePieces.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
      const copied = buffer.copy(this.#piece, this.#filled, at, end);
      this.#filled += copied;
      at += copied;
      if (this.#filled === PIECE_BYTES) this.flush();
    }
  }

  /** Writes what waits. */
  flush(): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    const filled = this.#filled;
    this.#piece = undefined;
    this.#filled = 0;
    this.#stream.write(piece.subarray(0, filled), () => {
      if (sparePieces.length < SPARE_PIECES_MAX) sparePieces.push(piece);
    });
  }

  /** Writes nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#piece = undefined;
    this.#filled = 0;
  }
}

/** Pieces kept for reuse: fresh ones would map fresh pages. */
const SPARE_PIECES_MAX = 64;

const sparePieces: Buffer[] = [];
