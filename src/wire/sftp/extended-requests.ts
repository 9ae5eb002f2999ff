import type { ByteReader } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import { readString, readText, writeString } from '../ssh/ssh-string.ts';
import {
  type Attributes,
  readAttributes,
  readUint64,
  writeAttributes,
  writeUint64,
} from './attributes.ts';

/**
 * Requests beyond the draft, as OpenSSH has them.
 *
 * @see PROTOCOL, section 4, in https://github.com/openssh/openssh-portable/blob/master/PROTOCOL
 */
export type ExtendedRequest = { readonly kind: 'extended' } & (
  | {
      readonly extension: 'posix-rename@openssh.com' | 'hardlink@openssh.com';
      readonly path: Buffer;
      readonly newPath: Buffer;
    }
  | { readonly extension: 'statvfs@openssh.com' | 'expand-path@openssh.com'; readonly path: Buffer }
  | { readonly extension: 'fstatvfs@openssh.com' | 'fsync@openssh.com'; readonly handle: Buffer }
  | {
      readonly extension: 'lsetstat@openssh.com';
      readonly path: Buffer;
      readonly attributes: Attributes;
    }
  | { readonly extension: 'limits@openssh.com' }
  | ({ readonly extension: 'copy-data' } & CopyData)
  /** Lists of numbers, four bytes each. */
  | {
      readonly extension: 'users-groups-by-id@openssh.com';
      readonly userIds: Buffer;
      readonly groupIds: Buffer;
    }
  /** One that nobody here knows. */
  | { readonly extension: 'unknown'; readonly name: string; readonly data: Buffer }
);

/** What is copied within the host. */
export interface CopyData {
  readonly handle: Buffer;
  readonly offset: number;
  /** 0: all that is there. */
  readonly length: number;
  readonly newHandle: Buffer;
  readonly newOffset: number;
}

/** Reads an EXTENDED request behind its id. */
export function readExtendedRequest(reader: ByteReader): ExtendedRequest {
  const name = readText(reader);
  switch (name) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        path: readString(reader),
        newPath: readString(reader),
      };
    case 'statvfs@openssh.com':
    case 'expand-path@openssh.com':
      return { kind: 'extended', extension: name, path: readString(reader) };
    case 'fstatvfs@openssh.com':
    case 'fsync@openssh.com':
      return { kind: 'extended', extension: name, handle: readString(reader) };
    case 'lsetstat@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        path: readString(reader),
        attributes: readAttributes(reader),
      };
    case 'limits@openssh.com':
      return { kind: 'extended', extension: name };
    case 'copy-data':
      return {
        kind: 'extended',
        extension: name,
        handle: readString(reader),
        offset: readUint64(reader),
        length: readUint64(reader),
        newHandle: readString(reader),
        newOffset: readUint64(reader),
      };
    case 'users-groups-by-id@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        userIds: readString(reader),
        groupIds: readString(reader),
      };
    default:
      return { kind: 'extended', extension: 'unknown', name, data: reader.bytes(reader.remaining) };
  }
}

/** Writes an EXTENDED request behind its id. */
export function writeExtendedRequest(writer: ByteWriter, request: ExtendedRequest): ByteWriter {
  writeString(writer, request.extension === 'unknown' ? request.name : request.extension);
  switch (request.extension) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com':
      return writeString(writeString(writer, request.path), request.newPath);
    case 'statvfs@openssh.com':
    case 'expand-path@openssh.com':
      return writeString(writer, request.path);
    case 'fstatvfs@openssh.com':
    case 'fsync@openssh.com':
      return writeString(writer, request.handle);
    case 'lsetstat@openssh.com':
      return writeAttributes(writeString(writer, request.path), request.attributes);
    case 'limits@openssh.com':
      return writer;
    case 'copy-data':
      writeUint64(writeUint64(writeString(writer, request.handle), request.offset), request.length);
      return writeUint64(writeString(writer, request.newHandle), request.newOffset);
    case 'users-groups-by-id@openssh.com':
      return writeString(writeString(writer, request.userIds), request.groupIds);
    case 'unknown':
      return writer.bytes(request.data);
  }
}
