import { encodeFrame, FrameDecoder } from './frame-decoder.ts';

/** Bytes of the payload of a packet of SSH, as our own transport takes them at most (OpenSSH: PACKET_MAX_SIZE). */
const PAYLOAD_BYTES_MAX: number = 256 * 1024;

/** The payload of one packet of SSH on a stream of kind `ssh`. */
export function encodeSshFrame(payload: Uint8Array): Buffer {
  return encodeFrame(payload);
}

/**
 * Cuts a stream of kind `ssh` into payloads.
 *
 * @param tell Told of each whole payload, which is its to keep.
 */
export function makeSshFrameDecoder(tell: (payload: Buffer) => void): FrameDecoder {
  return new FrameDecoder('SshFrame', PAYLOAD_BYTES_MAX, tell);
}
