import { SshReader } from '../ssh/ssh-reader.ts';
import { SshWriter } from '../ssh/ssh-writer.ts';
import { encodePacket } from './encode-packet.ts';
import { PacketType } from './packet-type.ts';

const EXTENSIONS_MAX = 256;

/** Something that a server can do beyond the draft. */
export interface Extension {
  /** Such as `posix-rename@openssh.com`. */
  readonly name: string;
  /** Mostly a version number. */
  readonly data: Buffer;
}

/** What INIT and VERSION say. */
export interface Version {
  readonly version: number;
  readonly extensions: readonly Extension[];
}

/**
 * Decodes the body of an INIT or VERSION.
 *
 * @throws {ProtocolError}
 */
export function decodeVersion(body: Buffer): Version {
  const reader = new SshReader(body, 'VERSION');
  const version = reader.uint32();
  const extensions: Extension[] = [];
  while (reader.remaining > 0) {
    if (extensions.length === EXTENSIONS_MAX) throw reader.error('too many extensions');
    extensions.push({ name: reader.text(), data: reader.string() });
  }
  return { version, extensions };
}

/** The first packet of a client. */
export function encodeInit(version: number): Buffer {
  return encodePacket(PacketType.init, new SshWriter().uint32(version));
}

/** The first packet of a server. */
export function encodeVersion({ version, extensions }: Version): Buffer {
  const writer = new SshWriter().uint32(version);
  for (const { name, data } of extensions) writer.text(name).string(data);
  return encodePacket(PacketType.version, writer);
}
