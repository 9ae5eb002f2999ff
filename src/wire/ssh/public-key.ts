import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** `RSA_MINIMUM_MODULUS_SIZE` of OpenSSH is 1024; NIST SP 800-131A wants at least 2048. */
const RSA_BITS_MIN = 2048;
/** `OPENSSL_RSA_MAX_MODULUS_BITS`; checking a signature costs the square of it. */
const RSA_BITS_MAX = 16_384;
/** A long public exponent makes checking as slow as signing. OpenSSH's is 65537. */
const RSA_EXPONENT_BYTES_MAX = 4;

const ED25519_BYTES = 32;

/** Names of curves: SSH's, and JSON Web Key's, with the bytes of one coordinate. */
const CURVES = [
  { name: 'nistp256', crv: 'P-256', coordinateBytes: 32 },
  { name: 'nistp384', crv: 'P-384', coordinateBytes: 48 },
  { name: 'nistp521', crv: 'P-521', coordinateBytes: 66 },
] as const;

export interface PublicKey {
  /** Such as `ssh-ed25519`. */
  readonly keyType: string;
  readonly key: KeyObject;
}

/**
 * Decodes a public key as it goes over the wire and stands, in base64, in key files.
 *
 * @throws {ProtocolError} If it is no key of a type that is implemented, too weak, or none at all (a
 * point that is not on its curve). Certificates are none.
 */
export function decodePublicKey(blob: Buffer): PublicKey {
  const reader = new SshReader(blob, 'public key');
  const keyType = reader.identifier();
  const jwk = readPublicKeyFields(reader, keyType);
  reader.expectEnd();
  return { keyType, key: importKey(reader, jwk) };
}

/** Encodes the public half of a key. Throws `TypeError` for keys that SSH has no name for. */
export function encodePublicKey(key: KeyObject): Buffer {
  const jwk =
    key.type === 'private'
      ? createPublicKey(key).export({ format: 'jwk' })
      : key.export({ format: 'jwk' });
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    return new SshWriter().text('ssh-ed25519').string(member(jwk.x)).toBuffer();
  }
  if (jwk.kty === 'RSA') {
    return new SshWriter().text('ssh-rsa').mpint(member(jwk.e)).mpint(member(jwk.n)).toBuffer();
  }
  const curve = CURVES.find(({ crv }) => jwk.kty === 'EC' && crv === jwk.crv);
  if (curve === undefined)
    throw new TypeError(`Cannot encode public key: SSH has no ${jwk.kty} key like it`);
  const point = Buffer.concat([Buffer.of(4), member(jwk.x), member(jwk.y)]);
  return new SshWriter().text(`ecdsa-sha2-${curve.name}`).text(curve.name).string(point).toBuffer();
}

/** Passes over the fields of a public key after its type; certificates hold them among others. */
export function readPublicKeyFields(reader: SshReader, keyType: string): JsonWebKey {
  if (keyType === 'ssh-ed25519') return readEd25519(reader);
  if (keyType === 'ssh-rsa') return readRsa(reader);
  const curve = CURVES.find(({ name }) => keyType === `ecdsa-sha2-${name}`);
  if (curve === undefined) throw reader.error('key of a type that is not implemented');
  if (reader.text() !== curve.name) throw reader.error('curve that is not of the type');
  const point = reader.string();
  const size = curve.coordinateBytes;
  if (point.length !== 1 + 2 * size || point[0] !== 4) throw reader.error('point of a wrong form');
  const x = point.subarray(1, 1 + size).toString('base64url');
  const y = point.subarray(1 + size).toString('base64url');
  return { kty: 'EC', crv: curve.crv, x, y };
}

function readEd25519(reader: SshReader): JsonWebKey {
  const key = reader.string();
  if (key.length !== ED25519_BYTES) throw reader.error(`Ed25519 key of ${key.length} bytes`);
  return { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
}

function readRsa(reader: SshReader): JsonWebKey {
  const exponent = reader.mpint();
  const modulus = reader.mpint();
  const bits = modulus.length * 8 + 24 - Math.clz32(modulus[0] ?? 0);
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) throw reader.error(`RSA key of ${bits} bits`);
  if (exponent.length > RSA_EXPONENT_BYTES_MAX || ((exponent.at(-1) ?? 0) & 1) === 0) {
    throw reader.error('RSA key with a weak exponent');
  }
  if (exponent.length === 1 && exponent[0] === 1)
    throw reader.error('RSA key with a weak exponent');
  return { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') };
}

function importKey(reader: SshReader, jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // What OpenSSL says of it depends on its version; the form is known to be right.
    throw reader.error('numbers that make no key');
  }
}

function member(value: string | undefined): Buffer {
  return Buffer.from(value ?? '', 'base64url');
}
