import assert from 'node:assert/strict';
import { KEY_ALGORITHMS } from './key-algorithm.ts';
import { readPublicKeyFields } from './public-key.ts';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

const ROLES = ['user', 'host'] as const;

/** As OpenSSH (`SSHKEY_CERT_MAX_PRINCIPALS`). */
const PRINCIPALS_MAX = 256;
/** Nobody has more; each is a few bytes. */
const OPTIONS_MAX = 64;

const RESERVED = Buffer.alloc(0);

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
  readonly certificateType: string;
  /** What the authority signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * Decodes a certificate.
 *
 * @throws {ProtocolError} If it is malformed, or certifies a key of a type that is not known here.
 * @see PROTOCOL.certkeys of OpenSSH
 */
export function decodeCertificate(blob: Buffer): Certificate {
  const reader = new SshReader(blob, 'Certificate');
  const certificateType = reader.identifier();
  const algorithm = KEY_ALGORITHMS.find((known) => known.certificateType === certificateType);
  if (algorithm === undefined) throw reader.error('type of key is not known');
  const { keyType } = algorithm;
  const nonce = reader.string();
  const keyStart = reader.offset;
  readPublicKeyFields(reader, keyType);
  const keyFields = blob.subarray(keyStart, reader.offset);
  const publicKey = new SshWriter().text(keyType).bytes(keyFields).toBuffer();
  const serial = reader.uint64();
  const role = ROLES[reader.uint32() - 1];
  if (role === undefined) throw reader.error('is neither for a user nor for a host');
  const keyId = reader.text();
  const principals = decodePrincipals(reader.string());
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  const criticalOptions = decodeOptions(reader.string());
  const extensions = decodeOptions(reader.string());
  reader.string(); // Reserved; may hold anything.
  const signatureKey = reader.string();
  const signed = blob.subarray(0, reader.offset);
  const signature = reader.string();
  reader.expectEnd();
  return {
    ...{ certificateType, publicKey, nonce, serial, role, keyId, principals },
    ...{ validAfter, validBefore, criticalOptions, extensions, signatureKey, signed, signature },
  };
}

/** Encodes what an authority signs. */
export function encodeCertificateBody(fields: CertificateFields): Buffer {
  const key = new SshReader(fields.publicKey, 'public key');
  const keyType = key.identifier();
  const algorithm = KEY_ALGORITHMS.find((known) => known.keyType === keyType);
  assert(algorithm !== undefined, `keys of type ${keyType} are not certified`);
  const principals = new SshWriter();
  for (const principal of fields.principals) principals.text(principal);
  return new SshWriter()
    .text(algorithm.certificateType)
    .string(fields.nonce)
    .bytes(key.bytes(key.remaining))
    .uint64(fields.serial)
    .uint32(ROLES.indexOf(fields.role) + 1)
    .text(fields.keyId)
    .string(principals.toBuffer())
    .uint64(fields.validAfter)
    .uint64(fields.validBefore)
    .string(encodeOptions(fields.criticalOptions))
    .string(encodeOptions(fields.extensions))
    .string(RESERVED)
    .string(fields.signatureKey)
    .toBuffer();
}

/** Puts the authority's signature behind what it signed. */
export function completeCertificate(body: Buffer, signature: Buffer): Buffer {
  return new SshWriter().bytes(body).string(signature).toBuffer();
}

function decodePrincipals(packed: Buffer): readonly string[] {
  const reader = new SshReader(packed, 'Certificate principals');
  const principals: string[] = [];
  while (reader.remaining > 0) {
    if (principals.length === PRINCIPALS_MAX) throw reader.error('are too many');
    principals.push(reader.text());
  }
  return principals;
}

/** Names must rise: so none is there twice, and none can hide behind another. */
function decodeOptions(packed: Buffer): ReadonlyMap<string, Buffer> {
  const reader = new SshReader(packed, 'Certificate options');
  const options = new Map<string, Buffer>();
  let previous = '';
  while (reader.remaining > 0) {
    if (options.size === OPTIONS_MAX) throw reader.error('are too many');
    const name = reader.identifier();
    if (name <= previous) throw reader.error('are not in order');
    options.set(name, reader.string());
    previous = name;
  }
  return options;
}

function encodeOptions(options: ReadonlyMap<string, Buffer>): Buffer {
  const writer = new SshWriter();
  for (const name of [...options.keys()].toSorted()) {
    writer.text(name).string(options.get(name) ?? RESERVED);
  }
  return writer.toBuffer();
}
