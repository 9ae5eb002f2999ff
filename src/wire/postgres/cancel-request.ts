import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';

/** Stands where a protocol version would; 1234 is no major version. */
export const CANCEL_REQUEST_CODE: number = (1234 << 16) | 5678;

/** Protocol 3.0 has keys of 4 bytes, 3.2 of up to 256. */
export const CANCEL_KEY_BYTES_MIN = 4;
export const CANCEL_KEY_BYTES_MAX = 256;

/** Asks, on a connection of its own, to cancel what another session runs. */
export interface CancelRequest {
  readonly type: 'CancelRequest';
  readonly processId: number;
  readonly secretKey: Buffer;
}

/**
 * Decodes what follows the request code in a `CancelRequest`.
 *
 * @throws {ProtocolError} If the key is shorter or longer than any key may be.
 */
export function decodeCancelRequest(body: Buffer): CancelRequest {
  const reader = new ByteReader(body, 'CancelRequest');
  const processId = reader.int32();
  const size = reader.remaining;
  if (size < CANCEL_KEY_BYTES_MIN || size > CANCEL_KEY_BYTES_MAX) {
    throw reader.error(`key of ${size} bytes`);
  }
  return { type: 'CancelRequest', processId, secretKey: reader.bytes(size) };
}

/** Encodes a whole `CancelRequest`. */
export function encodeCancelRequest(processId: number, secretKey: Uint8Array): Buffer {
  return new ByteWriter()
    .int32(12 + secretKey.length)
    .int32(CANCEL_REQUEST_CODE)
    .int32(processId)
    .bytes(secretKey)
    .toBuffer();
}
