import { SshReader } from '../ssh/ssh-reader.ts';
import { SshWriter } from '../ssh/ssh-writer.ts';
import {
  type Attributes,
  readAttributes,
  readUint64,
  writeAttributes,
  writeUint64,
} from './attributes.ts';
import { encodePacket } from './encode-packet.ts';
import { PacketType } from './packet-type.ts';

/** More than a packet of OpenSSH's has room for. */
const NAMES_MAX = 16_384;

/** One entry of a directory, or a path. */
export interface NameEntry {
  readonly name: Buffer;
  /** A line as of `ls -l`. */
  readonly longName: Buffer;
  readonly attributes: Attributes;
}

/** Everything that a server answers but VERSION and DATA. */
export type Response =
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly message: string;
    }
  | { readonly kind: 'handle'; readonly handle: Buffer }
  | { readonly kind: 'name'; readonly entries: readonly NameEntry[] }
  | { readonly kind: 'attributes'; readonly attributes: Attributes }
  /** What it means depends on the request. */
  | { readonly kind: 'extended-reply'; readonly data: Buffer };

export interface NumberedResponse {
  readonly id: number;
  /** Undefined: a packet type that nobody knows as a response. */
  readonly response: Response | undefined;
}

/**
 * Decodes a response that is neither VERSION nor DATA.
 *
 * @throws {ProtocolError} If `body` is truncated or has bytes left over.
 */
export function decodeResponse(type: number, body: Buffer): NumberedResponse {
  const reader = new SshReader(body, 'SFTP response');
  const id = reader.uint32();
  const response = readResponse(type, reader);
  if (response !== undefined) reader.expectEnd();
  return { id, response };
}

function readResponse(type: number, reader: SshReader): Response | undefined {
  switch (type) {
    case PacketType.status:
      return readStatus(reader);
    case PacketType.handle:
      return { kind: 'handle', handle: reader.string() };
    case PacketType.name:
      return { kind: 'name', entries: readNames(reader) };
    case PacketType.attributes:
      return { kind: 'attributes', attributes: readAttributes(reader) };
    case PacketType.extendedReply:
      return { kind: 'extended-reply', data: reader.bytes(reader.remaining) };
    default:
      return undefined;
  }
}

/** Servers of the draft's first version send no message and no language. */
function readStatus(reader: SshReader): Response {
  const code = reader.uint32();
  if (reader.remaining === 0) return { kind: 'status', code, message: '' };
  const message = reader.string().toString('utf8');
  if (reader.remaining > 0) reader.string();
  return { kind: 'status', code, message };
}

function readNames(reader: SshReader): readonly NameEntry[] {
  const count = reader.uint32();
  if (count > NAMES_MAX) throw reader.error(`more than ${NAMES_MAX} names`);
  return Array.from({ length: count }, () => ({
    name: reader.string(),
    longName: reader.string(),
    attributes: readAttributes(reader),
  }));
}

/** Encodes a response with its id, length and type. */
export function encodeResponse(id: number, response: Response): Buffer {
  const writer = new SshWriter().uint32(id);
  switch (response.kind) {
    case 'status':
      writer.uint32(response.code);
      writer.text(response.message).text('');
      return encodePacket(PacketType.status, writer);
    case 'handle':
      return encodePacket(PacketType.handle, writer.string(response.handle));
    case 'name':
      writer.uint32(response.entries.length);
      for (const { name, longName, attributes } of response.entries) {
        writeAttributes(writer.string(name).string(longName), attributes);
      }
      return encodePacket(PacketType.name, writer);
    case 'attributes':
      return encodePacket(PacketType.attributes, writeAttributes(writer, response.attributes));
    case 'extended-reply':
      return encodePacket(PacketType.extendedReply, writer.bytes(response.data));
  }
}

/** The head of a DATA: `dataBytes` have to follow. */
export function encodeDataHead(id: number, dataBytes: number): Buffer {
  const packet = Buffer.allocUnsafe(13);
  packet.writeUInt32BE(9 + dataBytes, 0);
  packet.writeUInt8(PacketType.data, 4);
  packet.writeUInt32BE(id, 5);
  packet.writeUInt32BE(dataBytes, 9);
  return packet;
}

/** What `limits@openssh.com` answers, in bytes; 0 where the server does not say. */
export interface Limits {
  readonly packetBytes: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly openHandles: number;
}

/** @throws {ProtocolError} If it is not four numbers. */
export function decodeLimits(data: Buffer): Limits {
  const reader = new SshReader(data, 'limits@openssh.com');
  const limits = {
    packetBytes: readUint64(reader),
    readBytes: readUint64(reader),
    writeBytes: readUint64(reader),
    openHandles: readUint64(reader),
  };
  reader.expectEnd();
  return limits;
}

/** The data of the answer to `limits@openssh.com`. */
export function encodeLimits({ packetBytes, readBytes, writeBytes, openHandles }: Limits): Buffer {
  const writer = writeUint64(writeUint64(new SshWriter(), packetBytes), readBytes);
  return writeUint64(writeUint64(writer, writeBytes), openHandles).toBuffer();
}
