/** Smaller buffers may share their memory with others, and are cheap to collect. */
const RELEASED_BYTES_MIN: number = 4 * 1024;
/** What a payload's memory may hold beside it: its frame and padding. A pool holds thousands of bytes more. */
const FRAME_BYTES_MAX = 512;

/**
 * Gives back the memory of a buffer that nobody reads any more, if it is large and its own; the buffer
 * is empty afterwards.
 *
 * The garbage collector would do it many megabytes later, and until then every packet needs fresh
 * memory, which takes three times as long as to encrypt it.
 */
export function releaseMemory(buffer: Buffer): void {
  const memory = buffer.buffer;
  if (buffer.length < RELEASED_BYTES_MIN || !(memory instanceof ArrayBuffer)) return;
  if (memory.byteLength - buffer.length <= FRAME_BYTES_MAX) memory.transfer(0);
}
