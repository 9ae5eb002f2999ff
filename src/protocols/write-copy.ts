import type { Writable } from 'node:stream';

/** Up to this size a write is copied into memory that the garbage collector frees. */
const SMALL_BYTES_MAX: number = 4 * 1024;
/** Of a copy that is used again: what one read may bring, and what frames it. */
const COPY_BYTES_MAX: number = 256 * 1024 + 64;
/** Copies kept for reuse, so that a bulk result does not map fresh pages for each. */
const SPARE_COPIES_MAX = 64;

const spareCopies: Buffer[] = [];

/** Writes a copy of `buffer[start, end)`: the bytes are only lent, and a write may outlive the call. */
export function writeCopy(stream: Writable, buffer: Buffer, start: number, end: number): void {
  const size = end - start;
  const copy = takeCopy(size);
  buffer.copy(copy, 0, start, end);
  write(stream, copy, size);
}

/** Writes copies of pieces as one. */
export function writeCopies(stream: Writable, pieces: readonly Buffer[]): void {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const copy = takeCopy(size);
  let at = 0;
  for (const piece of pieces) at += piece.copy(copy, at);
  write(stream, copy, size);
}

function takeCopy(size: number): Buffer {
  if (size <= SMALL_BYTES_MAX || size > COPY_BYTES_MAX) return Buffer.allocUnsafe(size);
  return spareCopies.pop() ?? Buffer.allocUnsafeSlow(COPY_BYTES_MAX);
}

function write(stream: Writable, copy: Buffer, size: number): void {
  if (copy.length !== COPY_BYTES_MAX) {
    stream.write(copy);
    return;
  }
  stream.write(copy.subarray(0, size), () => {
    if (spareCopies.length < SPARE_COPIES_MAX) spareCopies.push(copy);
  });
}
