import type { SshReader } from '../ssh/ssh-reader.ts';
import type { SshWriter } from '../ssh/ssh-writer.ts';
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
export function readExtendedRequest(reader: SshReader): ExtendedRequest {
  const name = reader.text();
  switch (name) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        path: reader.string(),
        newPath: reader.string(),
      };
    case 'statvfs@openssh.com':
    case 'expand-path@openssh.com':
      return { kind: 'extended', extension: name, path: reader.string() };
    case 'fstatvfs@openssh.com':
    case 'fsync@openssh.com':
      return { kind: 'extended', extension: name, handle: reader.string() };
    case 'lsetstat@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        path: reader.string(),
        attributes: readAttributes(reader),
      };
    case 'limits@openssh.com':
      return { kind: 'extended', extension: name };
    case 'copy-data':
      return {
        kind: 'extended',
        extension: name,
        handle: reader.string(),
        offset: readUint64(reader),
        length: readUint64(reader),
        newHandle: reader.string(),
        newOffset: readUint64(reader),
      };
    case 'users-groups-by-id@openssh.com':
      return {
        kind: 'extended',
        extension: name,
        userIds: reader.string(),
        groupIds: reader.string(),
      };
    default:
      return { kind: 'extended', extension: 'unknown', name, data: reader.bytes(reader.remaining) };
  }
}

/** Writes an EXTENDED request behind its id. */
export function writeExtendedRequest(writer: SshWriter, request: ExtendedRequest): SshWriter {
  writer.text(request.extension === 'unknown' ? request.name : request.extension);
  switch (request.extension) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com':
      return writer.string(request.path).string(request.newPath);
    case 'statvfs@openssh.com':
    case 'expand-path@openssh.com':
      return writer.string(request.path);
    case 'fstatvfs@openssh.com':
    case 'fsync@openssh.com':
      return writer.string(request.handle);
    case 'lsetstat@openssh.com':
      return writeAttributes(writer.string(request.path), request.attributes);
    case 'limits@openssh.com':
      return writer;
    case 'copy-data':
      writeUint64(writeUint64(writer.string(request.handle), request.offset), request.length);
      return writeUint64(writer.string(request.newHandle), request.newOffset);
    case 'users-groups-by-id@openssh.com':
      return writer.string(request.userIds).string(request.groupIds);
    case 'unknown':
      return writer.bytes(request.data);
  }
}
