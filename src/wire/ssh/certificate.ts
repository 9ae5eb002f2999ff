import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { readString, readText, writeString } from './ssh-string.ts';

/** Types of keys that are certified, and of how many fields each consists. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
};
const SUFFIX = '-cert-v01@openssh.com';

const ROLES = ['user', 'host'] as const;

/** As OpenSSH (`SSHKEY_CERT_MAX_PRINCIPALS`). */
const PRINCIPALS_MAX = 256;
/** Nobody has more; each is a few bytes. */
const OPTIONS_MAX = 64;

/** What a certificate says of a key. */
export interface CertificateFields {
  /** The key that is certified, as it would be sent without a certificate. */
  readonly publicKey: Buffer;
  /** Random, so that nobody can choose all that is signed. */
  readonly nonce: Buffer;
  readonly serial: bigint;
  readonly role: 'user' | 'host';
  /** For logs. */
  readonly keyId: string;
  /** Users or hosts as whom the key counts. OpenSSH takes none for all. */
  readonly principals: readonly string[];
  /** Seconds since the Unix epoch, inclusive. */
  readonly validAfter: bigint;
  /** Seconds since the Unix epoch, exclusive. */
  readonly validBefore: bigint;
  /** What whoever accepts it has to know and to enforce; names to data. */
  readonly criticalOptions: ReadonlyMap<string, Buffer>;
  /** What whoever accepts it may ignore. */
  readonly extensions: ReadonlyMap<string, Buffer>;
  /** The authority's. */
  readonly signatureKey: Buffer;
}

/** A certificate as it was received: nothing of it is verified. */
export interface Certificate extends CertificateFields {
  /** `ssh-ed25519-cert-v01@openssh.com`. */
  readonly keyType: string;
  /** What the authority signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** The name of a certified type of key; `ssh-ed25519` becomes `ssh-ed25519-cert-v01@openssh.com`. */
export function certificateType(keyType: string): string {
  return `${keyType}${SUFFIX}`;
}

/** Whether a type of key is that of a certificate, known here or not. */
export function isCertificateType(keyType: string): boolean {
  return keyType.endsWith(SUFFIX) || keyType.includes('-cert-v');
}

/**
 * Decodes a certificate.
 *
 * @throws {ProtocolError} If it is malformed, or certifies a key of a type that is not known here.
 * @see PROTOCOL.certkeys of OpenSSH
 */
export function decodeCertificate(blob: Buffer): Certificate {
  const reader = new ByteReader(blob, 'Certificate');
  const keyType = readText(reader);
  const plainType = keyType.endsWith(SUFFIX) ? keyType.slice(0, -SUFFIX.length) : '';
  const fieldCount = Object.hasOwn(KEY_FIELDS, plainType) ? KEY_FIELDS[plainType] : undefined;
  if (fieldCount === undefined) throw reader.error('type of key is not known');
  const nonce = readString(reader);
  const key = writeString(new ByteWriter(), plainType);
  for (let field = 0; field < fieldCount; field++) writeString(key, readString(reader));
  const serial = readUint64(reader);
  const role = ROLES[reader.uint32() - 1];
  if (role === undefined) throw reader.error('is neither for a user nor for a host');
  const keyId = readText(reader);
  const principals = decodePrincipals(readString(reader));
  const validAfter = readUint64(reader);
  const validBefore = readUint64(reader);
  const criticalOptions = decodeOptions(readString(reader));
  const extensions = decodeOptions(readString(reader));
  readString(reader); // Reserved; may hold anything.
  const signatureKey = readString(reader);
  const signed = blob.subarray(0, reader.offset);
  const signature = readString(reader);
  reader.expectEnd();
  return {
    ...{ keyType, publicKey: key.finish(), nonce, serial, role, keyId, principals },
    ...{ validAfter, validBefore, criticalOptions, extensions, signatureKey, signed, signature },
  };
}

/** Encodes what an authority signs. */
export function encodeCertificateBody(fields: CertificateFields): Buffer {
  const key = new ByteReader(fields.publicKey, 'public key');
  const plainType = readText(key);
  assert(Object.hasOwn(KEY_FIELDS, plainType), `keys of type ${plainType} are not certified`);
  const writer = new ByteWriter();
  writeString(writer, certificateType(plainType));
  writeString(writer, fields.nonce);
  writer.bytes(key.bytes(key.remaining));
  writeUint64(writer, fields.serial);
  writer.uint32(ROLES.indexOf(fields.role) + 1);
  writeString(writer, fields.keyId);
  const principals = new ByteWriter();
  for (const principal of fields.principals) writeString(principals, principal);
  writeString(writer, principals.finish());
  writeUint64(writer, fields.validAfter);
  writeUint64(writer, fields.validBefore);
  writeString(writer, encodeOptions(fields.criticalOptions));
  writeString(writer, encodeOptions(fields.extensions));
  writeString(writer, '');
  writeString(writer, fields.signatureKey);
  return writer.finish();
}

/** Puts the authority's signature behind what it signed. */
export function completeCertificate(body: Buffer, signature: Buffer): Buffer {
  return writeString(new ByteWriter().bytes(body), signature).finish();
}

function decodePrincipals(packed: Buffer): readonly string[] {
  const reader = new ByteReader(packed, 'Certificate principals');
  const principals: string[] = [];
  while (reader.remaining > 0) {
    if (principals.length === PRINCIPALS_MAX) throw reader.error('are too many');
    principals.push(readText(reader));
  }
  return principals;
}

/** Names must rise: so none is there twice, and none can hide behind another. */
function decodeOptions(packed: Buffer): ReadonlyMap<string, Buffer> {
  const reader = new ByteReader(packed, 'Certificate options');
  const options = new Map<string, Buffer>();
  let previous = Buffer.alloc(0);
  while (reader.remaining > 0) {
    if (options.size === OPTIONS_MAX) throw reader.error('are too many');
    const name = readString(reader);
    if (Buffer.compare(name, previous) <= 0) throw reader.error('are not in order');
    if (!isUtf8(name)) throw reader.error('have a name that is not UTF-8');
    options.set(name.toString('utf8'), readString(reader));
    previous = name;
  }
  return options;
}

function encodeOptions(options: ReadonlyMap<string, Buffer>): Buffer {
  const writer = new ByteWriter();
  const sorted = [...options].map(([name, data]) => ({ name: Buffer.from(name), data }));
  for (const { name, data } of sorted.toSorted((a, b) => Buffer.compare(a.name, b.name))) {
    writeString(writer, name);
    writeString(writer, data);
  }
  return writer.finish();
}

function readUint64(reader: ByteReader): bigint {
  return (BigInt(reader.uint32()) << 32n) | BigInt(reader.uint32());
}

function writeUint64(writer: ByteWriter, value: bigint): void {
  assert(value >= 0n && value < 1n << 64n);
  writer.uint32(Number(value >> 32n)).uint32(Number(value & 0xffffffffn));
}
