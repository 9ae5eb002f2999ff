import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Decodes the data of the channel request `exec`. Returns the command, which need not be UTF-8. */
export function decodeExecRequest(requestData: Buffer): Buffer {
  const reader = new SshReader(requestData, 'exec');
  const command = reader.string();
  reader.expectEnd();
  return command;
}

/** Encodes the data of `exec`. */
export function encodeExecRequest(command: Uint8Array): Buffer {
  return new SshWriter().string(command).toBuffer();
}
