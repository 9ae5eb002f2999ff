import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Decodes the data of the channel request `subsystem`. Returns the subsystem's name. */
export function decodeSubsystemRequest(requestData: Buffer): string {
  const reader = new SshReader(requestData, 'subsystem');
  const name = reader.text();
  reader.expectEnd();
  return name;
}

/** Encodes the data of `subsystem`. */
export function encodeSubsystemRequest(name: string): Buffer {
  return new SshWriter().text(name).toBuffer();
}
