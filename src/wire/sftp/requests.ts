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
import {
  type ExtendedRequest,
  readExtendedRequest,
  writeExtendedRequest,
} from './extended-requests.ts';
import { PacketType } from './packet-type.ts';

/** Everything that a client asks but INIT and WRITE. Paths are bytes: a host's names need be no UTF-8. */
export type Request =
  | {
      readonly kind: 'open';
      readonly path: Buffer;
      readonly flags: number;
      readonly attributes: Attributes;
    }
  | { readonly kind: 'close' | 'fstat' | 'readdir'; readonly handle: Buffer }
  | {
      readonly kind: 'read';
      readonly handle: Buffer;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: PathRequestKind; readonly path: Buffer }
  | { readonly kind: 'setstat' | 'mkdir'; readonly path: Buffer; readonly attributes: Attributes }
  | { readonly kind: 'fsetstat'; readonly handle: Buffer; readonly attributes: Attributes }
  | { readonly kind: 'rename'; readonly path: Buffer; readonly newPath: Buffer }
  /** In the order in which OpenSSH has them, which is not the draft's. */
  | { readonly kind: 'symlink'; readonly linkTarget: Buffer; readonly path: Buffer }
  | ExtendedRequest;

/** What is asked about a path, and nothing else. */
export type PathRequestKind =
  | 'lstat'
  | 'opendir'
  | 'remove'
  | 'rmdir'
  | 'realpath'
  | 'stat'
  | 'readlink';

const HANDLE_REQUESTS = {
  [PacketType.close]: 'close',
  [PacketType.fstat]: 'fstat',
  [PacketType.readdir]: 'readdir',
} as const;

const PATH_REQUESTS: Readonly<Record<number, PathRequestKind>> = {
  [PacketType.lstat]: 'lstat',
  [PacketType.opendir]: 'opendir',
  [PacketType.remove]: 'remove',
  [PacketType.rmdir]: 'rmdir',
  [PacketType.realpath]: 'realpath',
  [PacketType.stat]: 'stat',
  [PacketType.readlink]: 'readlink',
};

const TYPES = {
  open: PacketType.open,
  close: PacketType.close,
  fstat: PacketType.fstat,
  readdir: PacketType.readdir,
  read: PacketType.read,
  lstat: PacketType.lstat,
  opendir: PacketType.opendir,
  remove: PacketType.remove,
  rmdir: PacketType.rmdir,
  realpath: PacketType.realpath,
  stat: PacketType.stat,
  readlink: PacketType.readlink,
  setstat: PacketType.setstat,
  mkdir: PacketType.mkdir,
  fsetstat: PacketType.fsetstat,
  rename: PacketType.rename,
  symlink: PacketType.symlink,
  extended: PacketType.extended,
} as const satisfies Record<Request['kind'], PacketType>;

/** A request as it came: its id, and what is asked. */
export interface NumberedRequest {
  readonly id: number;
  /** Undefined: a packet type that nobody knows as a request. */
  readonly request: Request | undefined;
}

/**
 * Decodes a request that is neither INIT nor WRITE.
 *
 * @throws {ProtocolError} If `body` is truncated or has bytes left over.
 */
export function decodeRequest(type: number, body: Buffer): NumberedRequest {
  const reader = new SshReader(body, 'SFTP request');
  const id = reader.uint32();
  const request = readRequest(type, reader);
  if (request !== undefined) reader.expectEnd();
  return { id, request };
}

function readRequest(type: number, reader: SshReader): Request | undefined {
  const pathKind = PATH_REQUESTS[type];
  if (pathKind !== undefined) return { kind: pathKind, path: reader.string() };
  switch (type) {
    case PacketType.open:
      return {
        kind: 'open',
        path: reader.string(),
        flags: reader.uint32(),
        attributes: readAttributes(reader),
      };
    case PacketType.close:
    case PacketType.fstat:
    case PacketType.readdir:
      return { kind: HANDLE_REQUESTS[type], handle: reader.string() };
    case PacketType.read:
      return {
        kind: 'read',
        handle: reader.string(),
        offset: readUint64(reader),
        length: reader.uint32(),
      };
    case PacketType.setstat:
      return { kind: 'setstat', path: reader.string(), attributes: readAttributes(reader) };
    case PacketType.mkdir:
      return { kind: 'mkdir', path: reader.string(), attributes: readAttributes(reader) };
    case PacketType.fsetstat:
      return { kind: 'fsetstat', handle: reader.string(), attributes: readAttributes(reader) };
    case PacketType.rename:
      return { kind: 'rename', path: reader.string(), newPath: reader.string() };
    case PacketType.symlink:
      return { kind: 'symlink', linkTarget: reader.string(), path: reader.string() };
    case PacketType.extended:
      return readExtendedRequest(reader);
    default:
      return undefined;
  }
}

/** Encodes a request with its id, length and type. */
export function encodeRequest(id: number, request: Request): Buffer {
  const writer = writeRequest(new SshWriter().uint32(id), request);
  return encodePacket(TYPES[request.kind], writer);
}

function writeRequest(writer: SshWriter, request: Request): SshWriter {
  switch (request.kind) {
    case 'open':
      writer.string(request.path).uint32(request.flags);
      return writeAttributes(writer, request.attributes);
    case 'close':
    case 'fstat':
    case 'readdir':
      return writer.string(request.handle);
    case 'read':
      return writeUint64(writer.string(request.handle), request.offset).uint32(request.length);
    case 'lstat':
    case 'opendir':
    case 'remove':
    case 'rmdir':
    case 'realpath':
    case 'stat':
    case 'readlink':
      return writer.string(request.path);
    case 'setstat':
    case 'mkdir':
      return writeAttributes(writer.string(request.path), request.attributes);
    case 'fsetstat':
      return writeAttributes(writer.string(request.handle), request.attributes);
    case 'rename':
      return writer.string(request.path).string(request.newPath);
    case 'symlink':
      return writer.string(request.linkTarget).string(request.path);
    case 'extended':
      return writeExtendedRequest(writer, request);
  }
}
