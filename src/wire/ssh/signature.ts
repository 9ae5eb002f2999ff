import { type KeyObject, sign, verify } from 'node:crypto';
import { KEY_ALGORITHMS } from './key-algorithm.ts';
import { decodePublicKey, type PublicKey } from './public-key.ts';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Hash of each algorithm; null where the algorithm has its own. */
const HASHES: ReadonlyMap<string, string | null> = new Map([
  ['ssh-ed25519', null],
  ['ecdsa-sha2-nistp256', 'sha256'],
  ['ecdsa-sha2-nistp384', 'sha384'],
  ['ecdsa-sha2-nistp521', 'sha512'],
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

/** Bytes of each half of a signature on a curve. */
const HALF_BYTES: ReadonlyMap<string, number> = new Map([
  ['ecdsa-sha2-nistp256', 32],
  ['ecdsa-sha2-nistp384', 48],
  ['ecdsa-sha2-nistp521', 66],
]);

const ED25519_SIGNATURE_BYTES = 64;

/** A signature, what it covers and what it is to be made by. */
export interface SignatureClaim {
  /** Plain public key, as on the wire. */
  readonly publicKey: Buffer;
  /** The algorithms of which one must have been used, such as `rsa-sha2-512`. */
  readonly algorithms: readonly string[];
  readonly data: Buffer;
  /** As on the wire: the algorithm's name, and the signature. */
  readonly signature: Buffer;
}

/**
 * Whether the key made the signature, by one of the algorithms.
 *
 * @throws {ProtocolError} If key or signature are malformed.
 */
export function verifySignature(claim: SignatureClaim): boolean {
  const reader = new SshReader(claim.signature, 'signature');
  const algorithm = reader.identifier();
  const raw = reader.string();
  reader.expectEnd();
  const hash = HASHES.get(algorithm);
  if (hash === undefined || !claim.algorithms.includes(algorithm)) return false;
  const publicKey = decodePublicKey(claim.publicKey);
  if (!fits(publicKey, algorithm)) return false;
  const halfBytes = HALF_BYTES.get(algorithm);
  if (halfBytes !== undefined) {
    const signature = joinHalves(raw, halfBytes);
    return verify(hash, claim.data, { key: publicKey.key, dsaEncoding: 'ieee-p1363' }, signature);
  }
  if (algorithm !== 'ssh-ed25519') {
    return verify(hash, claim.data, publicKey.key, padToModulus(raw, publicKey.key));
  }
  return raw.length === ED25519_SIGNATURE_BYTES && verify(hash, claim.data, publicKey.key, raw);
}

/**
 * Signs, and encodes the signature with the algorithm's name.
 *
 * @param algorithm One that the key's type has: see `KEY_ALGORITHMS`.
 */
export function signData(privateKey: KeyObject, algorithm: string, data: Buffer): Buffer {
  const hash = HASHES.get(algorithm);
  if (hash === undefined) throw new TypeError(`Cannot sign: no algorithm ${algorithm}`);
  const writer = new SshWriter().text(algorithm);
  const halfBytes = HALF_BYTES.get(algorithm);
  if (halfBytes === undefined) return writer.string(sign(hash, data, privateKey)).toBuffer();
  const halves = sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const inner = new SshWriter().mpint(halves.subarray(0, halfBytes));
  return writer.string(inner.mpint(halves.subarray(halfBytes)).toBuffer()).toBuffer();
}

function fits(publicKey: PublicKey, algorithm: string): boolean {
  const found = KEY_ALGORITHMS.find(({ keyType }) => keyType === publicKey.keyType);
  return found?.signatureAlgorithms.includes(algorithm) === true;
}

/** From the two integers of SSH to the fixed form that OpenSSL reads without ASN.1. */
function joinHalves(raw: Buffer, halfBytes: number): Buffer {
  const reader = new SshReader(raw, 'signature');
  const joined = Buffer.alloc(2 * halfBytes);
  for (const end of [halfBytes, 2 * halfBytes]) {
    const half = reader.mpint();
    if (half.length > halfBytes) throw reader.error('integer longer than the curve');
    half.copy(joined, end - half.length);
  }
  reader.expectEnd();
  return joined;
}

/** Some peers drop leading zero bytes, as of an integer. */
function padToModulus(raw: Buffer, key: KeyObject): Buffer {
  const modulusBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  return raw.length >= modulusBytes
    ? raw
    : Buffer.concat([Buffer.alloc(modulusBytes - raw.length), raw]);
}
