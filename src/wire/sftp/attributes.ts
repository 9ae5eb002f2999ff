import type { SshReader } from '../ssh/ssh-reader.ts';
import type { SshWriter } from '../ssh/ssh-writer.ts';

/** Which fields of ATTRS are there (`SSH_FILEXFER_ATTR_…`). */
const AttributeFlag = {
  size: 0x01,
  owner: 0x02,
  permissions: 0x04,
  times: 0x08,
  extended: 0x8000_0000,
} as const;

const KNOWN_FLAGS = 0x0f;
const EXTENDED_MAX = 64;

/** What a server says of a file, or a client wants of it. */
export interface Attributes {
  /** Bytes. */
  readonly size?: number;
  readonly owner?: { readonly userId: number; readonly groupId: number };
  /** Type of the file and its permissions, as in `st_mode`. */
  readonly permissions?: number;
  /** Seconds since 1970. */
  readonly times?: { readonly accessed: number; readonly modified: number };
  /** Fields of a vendor's own. */
  readonly extended?: readonly { readonly name: Buffer; readonly value: Buffer }[];
}

/** Bits of the permissions that say what kind of file it is, and those kinds. */
const FILE_TYPE_MASK = 0o170_000;
const DIRECTORY = 0o040_000;
const REGULAR = 0o100_000;
const SYMBOLIC_LINK = 0o120_000;

/** By the permissions; false where they are absent. */
export function isDirectory({ permissions = 0 }: Attributes): boolean {
  return (permissions & FILE_TYPE_MASK) === DIRECTORY;
}

/** By the permissions; false where they are absent. */
export function isRegularFile({ permissions = 0 }: Attributes): boolean {
  return (permissions & FILE_TYPE_MASK) === REGULAR;
}

/** By the permissions; false where they are absent. */
export function isSymbolicLink({ permissions = 0 }: Attributes): boolean {
  return (permissions & FILE_TYPE_MASK) === SYMBOLIC_LINK;
}

/** Reads ATTRS. Flags of later versions of the protocol are refused: nobody can tell what follows them. */
export function readAttributes(reader: SshReader): Attributes {
  const flags = reader.uint32();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if ((flags & ~(KNOWN_FLAGS | AttributeFlag.extended)) !== 0) {
    throw reader.error('attributes of unknown kinds');
  }
  return {
    ...(has(AttributeFlag.size) && { size: readUint64(reader) }),
    ...(has(AttributeFlag.owner) && {
      owner: { userId: reader.uint32(), groupId: reader.uint32() },
    }),
    ...(has(AttributeFlag.permissions) && { permissions: reader.uint32() }),
    ...(has(AttributeFlag.times) && {
      times: { accessed: reader.uint32(), modified: reader.uint32() },
    }),
    ...(has(AttributeFlag.extended) && { extended: readExtended(reader) }),
  };
}

function readExtended(reader: SshReader): readonly { name: Buffer; value: Buffer }[] {
  const count = reader.uint32();
  if (count > EXTENDED_MAX) throw reader.error(`more than ${EXTENDED_MAX} extended attributes`);
  return Array.from({ length: count }, () => ({
    name: reader.string(),
    value: reader.string(),
  }));
}

/** Writes ATTRS. */
export function writeAttributes(writer: SshWriter, attributes: Attributes): SshWriter {
  const { size, owner, permissions, times, extended } = attributes;
  let flags = 0;
  if (size !== undefined) flags += AttributeFlag.size;
  if (owner !== undefined) flags += AttributeFlag.owner;
  if (permissions !== undefined) flags += AttributeFlag.permissions;
  if (times !== undefined) flags += AttributeFlag.times;
  if (extended !== undefined) flags += AttributeFlag.extended;
  writer.uint32(flags);
  if (size !== undefined) writeUint64(writer, size);
  if (owner !== undefined) writer.uint32(owner.userId).uint32(owner.groupId);
  if (permissions !== undefined) writer.uint32(permissions);
  if (times !== undefined) writer.uint32(times.accessed).uint32(times.modified);
  if (extended !== undefined) {
    writer.uint32(extended.length);
    for (const { name, value } of extended) writer.string(name).string(value);
  }
  return writer;
}

/** Reads a `uint64`; what is beyond 2^53 is no offset or size that a file can have. */
export function readUint64(reader: SshReader): number {
  const value = reader.uint32() * 2 ** 32 + reader.uint32();
  if (!Number.isSafeInteger(value)) throw reader.error('number beyond 2^53');
  return value;
}

/** Writes a whole number below 2^53 as `uint64`. */
export function writeUint64(writer: SshWriter, value: number): SshWriter {
  return writer.uint32(Math.floor(value / 2 ** 32)).uint32(value % 2 ** 32);
}
