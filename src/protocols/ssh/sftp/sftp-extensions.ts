import { ProtocolError } from '../../../wire/protocol-error.ts';
import { PACKET_BYTES_MAX } from '../../../wire/sftp/packet-type.ts';
import { decodeLimits, encodeLimits } from '../../../wire/sftp/responses.ts';
import type { Extension, Version } from '../../../wire/sftp/version.ts';

/** Room for the head of a READ's or WRITE's packet. */
const HEAD_BYTES = 1024;

/** What is understood here and so may be offered, with the version of it. */
const UNDERSTOOD: ReadonlyMap<string, string> = new Map([
  ['posix-rename@openssh.com', '1'],
  ['hardlink@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
  ['statvfs@openssh.com', '2'],
  ['fstatvfs@openssh.com', '2'],
  ['lsetstat@openssh.com', '1'],
  ['limits@openssh.com', '1'],
  ['expand-path@openssh.com', '1'],
  ['copy-data', '1'],
  ['users-groups-by-id@openssh.com', '1'],
]);

/** Of what the target's server can do, what clients may know of. */
export function findOffered({ extensions }: Version): readonly Extension[] {
  return extensions.filter(({ name, data }) => UNDERSTOOD.get(name) === data.toString('latin1'));
}

/** OpenSSH's server has the paths of SYMLINK in another order than the draft; by this it is known. */
export function hasOpenSshOrder({ extensions }: Version): boolean {
  return extensions.some(({ name }) => name === 'posix-rename@openssh.com');
}

/** The target's limits, or ours where they are lower. */
export function lowerLimits(data: Buffer): Buffer {
  const limits = decodeLimits(data);
  const lower = (bytes: number, ours: number): number =>
    bytes === 0 ? ours : Math.min(bytes, ours);
  return encodeLimits({
    packetBytes: lower(limits.packetBytes, PACKET_BYTES_MAX),
    readBytes: lower(limits.readBytes, PACKET_BYTES_MAX - HEAD_BYTES),
    writeBytes: lower(limits.writeBytes, PACKET_BYTES_MAX - HEAD_BYTES),
    openHandles: limits.openHandles,
  });
}

/** @throws {ProtocolError} If a server speaks an older version than the only one in use. */
export function checkVersion({ version }: Version, expected: number): void {
  if (version !== expected) throw new ProtocolError('VERSION', 'is not 3');
}
