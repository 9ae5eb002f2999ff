/** Of a key. */
export const MASK_BYTES = 4;

/**
 * Masks or unmasks a piece of a frame (RFC 6455 section 5.3); it is the same. Returns new bytes.
 *
 * @param offset How many bytes of the payload were before.
 */
export function applyMask(piece: Buffer, key: Buffer, offset: number): Buffer {
  const result = Buffer.allocUnsafe(piece.length);
  for (let at = 0; at < piece.length; at += 1) {
    result[at] = (piece[at] ?? 0) ^ (key[(offset + at) % MASK_BYTES] ?? 0);
  }
  return result;
}
