import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Decodes the data of the channel request `exit-status`. */
export function decodeExitStatus(requestData: Buffer): number {
  const reader = new SshReader(requestData, 'exit-status');
  const status = reader.uint32();
  reader.expectEnd();
  return status;
}

/** Encodes the data of `exit-status`. */
export function encodeExitStatus(status: number): Buffer {
  return new SshWriter().uint32(status).toBuffer();
}
