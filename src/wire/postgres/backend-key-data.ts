import { ByteReader } from '../byte-reader.ts';
import { CANCEL_KEY_BYTES_MAX, CANCEL_KEY_BYTES_MIN } from './cancel-request.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** What a client needs to cancel what this session runs. */
export interface BackendKeyData {
  readonly type: 'BackendKeyData';
  readonly processId: number;
  /** 4 bytes in protocol 3.0, up to 256 in 3.2. */
  readonly secretKey: Buffer;
}

/** Decodes the body of a `BackendKeyData` (`K`) message. */
export function decodeBackendKeyData(body: Buffer): BackendKeyData {
  const reader = new ByteReader(body, 'BackendKeyData');
  const processId = reader.int32();
  const size = reader.remaining;
  if (size < CANCEL_KEY_BYTES_MIN || size > CANCEL_KEY_BYTES_MAX) {
    throw reader.error(`key of ${size} bytes`);
  }
  return { type: 'BackendKeyData', processId, secretKey: reader.bytes(size) };
}

/** Encodes a whole `BackendKeyData` (`K`) message. */
export function encodeBackendKeyData(processId: number, secretKey: Uint8Array): Buffer {
  const writer = startMessage(BackendType.BackendKeyData);
  return finishMessage(writer.int32(processId).bytes(secretKey));
}
