import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { ProtocolError } from '../protocol-error.ts';
import { encodePublicKey } from './public-key.ts';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

const HEAD = '-----BEGIN OPENSSH PRIVATE KEY-----';
const TAIL = '-----END OPENSSH PRIVATE KEY-----';
/** The format's name, with the zero byte that ends it. */
const MAGIC = Buffer.from('openssh-key-v1\0');
/** Characters of base64 in a line, as OpenSSH writes. */
const LINE_LENGTH = 70;
/** The secret part is padded to a multiple of it; without a cipher, too. */
const BLOCK_BYTES = 8;
/** Twice at the start of the secret part, to tell a wrong passphrase; without one, any number does. */
const CHECK_NUMBER = 0x5a11_9067;
/** Characters. A key of RSA with 16 384 bits has 13 000. */
const FILE_LENGTH_MAX = 32 * 1024;

/**
 * Decodes a private key as OpenSSH keeps it, or in PEM. Neither may be encrypted.
 *
 * @throws {ProtocolError} If it is none, is encrypted, or is of a type that is not implemented.
 * @see PROTOCOL.key of OpenSSH
 */
export function decodePrivateKeyFile(text: string): KeyObject {
  if (text.length > FILE_LENGTH_MAX) throw error('is too long');
  const start = text.indexOf(HEAD);
  if (start === -1) return decodePem(text);
  const end = text.indexOf(TAIL, start);
  if (end === -1) throw error('does not end');
  const body = Buffer.from(text.slice(start + HEAD.length, end), 'base64');
  const reader = new SshReader(body, 'private key');
  if (!reader.bytes(MAGIC.length).equals(MAGIC)) throw reader.error('is of another version');
  const cipher = reader.text();
  const derivation = reader.text();
  reader.string(); // Options of the derivation.
  if (cipher !== 'none' || derivation !== 'none') throw reader.error('is encrypted');
  if (reader.uint32() !== 1) throw reader.error('is not one key');
  const publicKey = reader.string();
  const secret = new SshReader(reader.string(), 'private key');
  reader.expectEnd();
  const key = decodeSecret(secret);
  if (!encodePublicKey(key).equals(publicKey)) throw reader.error('is not that of its public key');
  return key;
}

/** Encodes an Ed25519 key as OpenSSH keeps it, without a passphrase. */
export function encodePrivateKeyFile(key: KeyObject, comment: string): string {
  const { crv, d, x } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || d === undefined || x === undefined) {
    throw new TypeError('Cannot encode private key: it is not an Ed25519 key');
  }
  const publicHalf = Buffer.from(x, 'base64url');
  const secret = new SshWriter()
    .uint32(CHECK_NUMBER)
    .uint32(CHECK_NUMBER)
    .text('ssh-ed25519')
    .string(publicHalf)
    .string(Buffer.concat([Buffer.from(d, 'base64url'), publicHalf]))
    .text(comment);
  for (let pad = 1; secret.length % BLOCK_BYTES !== 0; pad++) secret.byte(pad);
  const body = new SshWriter()
    .bytes(MAGIC)
    .text('none')
    .text('none')
    .text('')
    .uint32(1)
    .string(encodePublicKey(key))
    .string(secret.toBuffer())
    .toBuffer()
    .toString('base64');
  const lines = body.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [HEAD, ...lines, TAIL, ''].join('\n');
}

function decodePem(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // What OpenSSL says of it may quote it.
    throw error('is neither in the format of OpenSSH nor in PEM, or is encrypted');
  }
}

function decodeSecret(reader: SshReader): KeyObject {
  if (reader.uint32() !== reader.uint32()) throw reader.error('is damaged');
  const keyType = reader.identifier();
  const jwk = readSecretFields(reader, keyType);
  reader.text(); // The comment.
  for (let pad = 1; reader.remaining > 0; pad++) {
    if (reader.byte() !== pad) throw reader.error('is damaged');
  }
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw reader.error('has numbers that make no key');
  }
}

function readSecretFields(reader: SshReader, keyType: string): JsonWebKey {
  if (keyType === 'ssh-ed25519') {
    const publicHalf = reader.string();
    const both = reader.string();
    if (both.length !== 64) throw reader.error('has a secret of a wrong length');
    return { kty: 'OKP', crv: 'Ed25519', x: encode(publicHalf), d: encode(both.subarray(0, 32)) };
  }
  if (keyType === 'ssh-rsa') return readRsa(reader);
  const curve = /^ecdsa-sha2-nistp(256|384|521)$/.exec(keyType)?.[1];
  if (curve === undefined) throw reader.error('is of a type that is not implemented');
  const size = Math.ceil(Number(curve) / 8);
  if (reader.text() !== `nistp${curve}`) throw reader.error('has a curve that is not of its type');
  const point = reader.string();
  if (point.length !== 1 + 2 * size) throw reader.error('has a point of a wrong length');
  const secret = reader.mpint();
  if (secret.length > size) throw reader.error('has a secret of a wrong length');
  return {
    kty: 'EC',
    crv: `P-${curve}`,
    x: encode(point.subarray(1, 1 + size)),
    y: encode(point.subarray(1 + size)),
    d: encode(Buffer.concat([Buffer.alloc(size - secret.length), secret])),
  };
}

/** JSON Web Keys have two numbers more than OpenSSH keeps: the secret exponent modulo each prime less one. */
function readRsa(reader: SshReader): JsonWebKey {
  const [n, e, d, inverse, p, q] = [
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
  ];
  const modulo = (prime: Buffer): Buffer => {
    const order = toInteger(prime) - 1n;
    if (order <= 0n) throw reader.error('has numbers that make no key');
    const hex = (toInteger(d) % order).toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  };
  return {
    kty: 'RSA',
    n: encode(n),
    e: encode(e),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(modulo(p)),
    dq: encode(modulo(q)),
    qi: encode(inverse),
  };
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString('hex')}`);
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url');
}

function error(reason: string): ProtocolError {
  return new ProtocolError('private key', reason);
}
