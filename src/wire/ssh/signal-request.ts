import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Decodes the data of the channel request `signal`. Returns the signal's name, without `SIG`. */
export function decodeSignalRequest(requestData: Buffer): string {
  const reader = new SshReader(requestData, 'signal');
  const name = reader.identifier();
  reader.expectEnd();
  return name;
}

/** Encodes the data of `signal`. */
export function encodeSignalRequest(name: string): Buffer {
  return new SshWriter().text(name).toBuffer();
}
