import { MessageNumber } from './message-number.ts';
import { readMessage, SshReader } from './ssh-reader.ts';
import { SshWriter, writeMessage } from './ssh-writer.ts';

/** Of one message; OpenSSH sends three. */
const EXTENSIONS_MAX = 64;

/**
 * Decodes `SSH_MSG_EXT_INFO`: values by the names of extensions. Where a name comes twice, the first
 * counts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8308
 */
export function decodeExtInfo(payload: Buffer): ReadonlyMap<string, Buffer> {
  const reader = readMessage(payload, MessageNumber.ExtInfo, 'EXT_INFO');
  const count = reader.uint32();
  if (count > EXTENSIONS_MAX) throw reader.error(`${count} extensions`);
  const extensions = new Map<string, Buffer>();
  for (let index = 0; index < count; index++) {
    const name = reader.string().toString('latin1');
    const value = reader.string();
    if (!extensions.has(name)) extensions.set(name, value);
  }
  reader.expectEnd();
  return extensions;
}

/** Encodes `SSH_MSG_EXT_INFO`. */
export function encodeExtInfo(extensions: ReadonlyMap<string, Uint8Array>): Buffer {
  const writer = writeMessage(MessageNumber.ExtInfo).uint32(extensions.size);
  for (const [name, value] of extensions) writer.text(name).string(value);
  return writer.toBuffer();
}

/** Decodes the value of `server-sig-algs`: names without the frame of a string around them. */
export function decodeSignatureAlgorithms(value: Buffer): string[] {
  const framed = new SshWriter().string(value).toBuffer();
  return new SshReader(framed, 'server-sig-algs').nameList();
}
