import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Decodes the data of the channel request `break` (RFC 4335). Returns its length in milliseconds. */
export function decodeBreakRequest(requestData: Buffer): number {
  const reader = new SshReader(requestData, 'break');
  const breakMs = reader.uint32();
  reader.expectEnd();
  return breakMs;
}

/** Encodes the data of `break`. */
export function encodeBreakRequest(breakMs: number): Buffer {
  return new SshWriter().uint32(breakMs).toBuffer();
}
