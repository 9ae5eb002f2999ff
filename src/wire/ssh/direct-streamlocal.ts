import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/**
 * Decodes what a CHANNEL_OPEN of type `direct-streamlocal@openssh.com` ends with. Returns the path of
 * the socket.
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL (2.4)
 */
export function decodeDirectStreamlocal(typeData: Buffer): string {
  const reader = new SshReader(typeData, 'direct-streamlocal@openssh.com');
  const path = reader.text();
  reader.string();
  reader.uint32();
  reader.expectEnd();
  return path;
}

/** Encodes the type data of `direct-streamlocal@openssh.com`. */
export function encodeDirectStreamlocal(path: string): Buffer {
  return new SshWriter().text(path).text('').uint32(0).toBuffer();
}
