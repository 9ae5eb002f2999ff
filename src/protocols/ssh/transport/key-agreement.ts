import {
  createECDH,
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  getDiffieHellman,
  type KeyObject,
} from 'node:crypto';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { SshReader } from '../../../wire/ssh/ssh-reader.ts';
import { SshWriter } from '../../../wire/ssh/ssh-writer.ts';

export type KeyExchangeHash = 'sha256' | 'sha384' | 'sha512';

/** The client's half: its public value, and what it makes of the server's. */
export interface ClientShare {
  readonly publicValue: Buffer;
  /**
   * Returns the shared secret as the exchange hash takes it.
   *
   * @throws {ProtocolError} If the value is not one that an honest server could have made.
   */
  finish(serverValue: Buffer): Buffer;
}

/** A way for two sides to come to a secret that nobody else knows. */
export interface KeyAgreement {
  readonly hash: KeyExchangeHash;
  begin(): ClientShare;
  /**
   * Answers the client's public value.
   *
   * @throws {ProtocolError} If the value is not one that an honest client could have made.
   */
  respond(clientValue: Buffer): { readonly serverValue: Buffer; readonly secret: Buffer };
}

const X25519_BYTES = 32;
const ML_KEM_KEY_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
/** What stands before 1184 bytes to make them an ML-KEM-768 SubjectPublicKeyInfo (RFC 9935). */
const ML_KEM_KEY_HEADER: Buffer = Buffer.from(
  '308204b2300b0609608648016503040402038204a100',
  'hex',
);
/** The same for X25519 (RFC 8410). */
const X25519_KEY_HEADER: Buffer = Buffer.from('302a300506032b656e032100', 'hex');

const curve25519: KeyAgreement = {
  hash: 'sha256',
  begin() {
    const own = makeX25519();
    return {
      publicValue: own.publicValue,
      finish: (serverValue) => encodeInteger(own.agree(serverValue)),
    };
  },
  respond(clientValue) {
    const own = makeX25519();
    return { serverValue: own.publicValue, secret: encodeInteger(own.agree(clientValue)) };
  },
};

/** @see https://datatracker.ietf.org/doc/draft-ietf-sshm-mlkem-hybrid-kex/ */
const mlKem768X25519: KeyAgreement = {
  hash: 'sha256',
  begin() {
    const { privateKey, publicKey } = generateKeyPairSync('ml-kem-768');
    const own = makeX25519();
    const kemKey = exportRaw(publicKey, ML_KEM_KEY_BYTES);
    return {
      publicValue: Buffer.concat([kemKey, own.publicValue]),
      finish(serverValue) {
        expectBytes(serverValue, ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES);
        const kemSecret = decapsulate(privateKey, serverValue.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
        return combine(kemSecret, own.agree(serverValue.subarray(ML_KEM_CIPHERTEXT_BYTES)));
      },
    };
  },
  respond(clientValue) {
    expectBytes(clientValue, ML_KEM_KEY_BYTES + X25519_BYTES);
    const own = makeX25519();
    const curveSecret = own.agree(clientValue.subarray(ML_KEM_KEY_BYTES));
    const spki = Buffer.concat([ML_KEM_KEY_HEADER, clientValue.subarray(0, ML_KEM_KEY_BYTES)]);
    const { ciphertext, sharedKey } = refuseOnError(() => encapsulate(importSpki(spki)));
    return {
      serverValue: Buffer.concat([ciphertext, own.publicValue]),
      secret: combine(sharedKey, curveSecret),
    };
  },
};

/** In order of preference. */
export const KEY_AGREEMENTS: ReadonlyMap<string, KeyAgreement> = new Map([
  ['mlkem768x25519-sha256', mlKem768X25519],
  ['curve25519-sha256', curve25519],
  ['curve25519-sha256@libssh.org', curve25519],
  ['ecdh-sha2-nistp256', makeEcdh('prime256v1', 'sha256')],
  ['ecdh-sha2-nistp384', makeEcdh('secp384r1', 'sha384')],
  ['ecdh-sha2-nistp521', makeEcdh('secp521r1', 'sha512')],
  ['diffie-hellman-group16-sha512', makeDiffieHellman('modp16', 'sha512')],
  ['diffie-hellman-group14-sha256', makeDiffieHellman('modp14', 'sha256')],
]);

/**
 * The ones a server offers: a modular exponentiation costs it a hundred times what it costs a
 * stranger to ask for one.
 */
export const SERVER_KEY_AGREEMENTS: readonly string[] = [...KEY_AGREEMENTS.keys()].filter(
  (name) => !name.startsWith('diffie-hellman'),
);

function makeX25519(): { publicValue: Buffer; agree(peerValue: Buffer): Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    publicValue: exportRaw(publicKey, X25519_BYTES),
    agree(peerValue) {
      expectBytes(peerValue, X25519_BYTES);
      const peerKey = importSpki(Buffer.concat([X25519_KEY_HEADER, peerValue]));
      // Points of low order make zero of every key; OpenSSL refuses that, and we do not rely on it.
      const secret = refuseOnError(() => diffieHellman({ privateKey, publicKey: peerKey }));
      if (secret.every((byte) => byte === 0)) throw impossibleValue();
      return secret;
    },
  };
}

function makeEcdh(curve: string, hash: KeyExchangeHash): KeyAgreement {
  const makeShare = (): ClientShare => {
    const own = createECDH(curve);
    return {
      publicValue: own.generateKeys(),
      finish(peerValue) {
        // Uncompressed only, as RFC 5656 has it; OpenSSL checks that the point is on the curve.
        if (peerValue[0] !== 4) throw impossibleValue();
        return encodeInteger(refuseOnError(() => own.computeSecret(peerValue)));
      },
    };
  };
  return answerLikeAsk(hash, makeShare);
}

function makeDiffieHellman(group: string, hash: KeyExchangeHash): KeyAgreement {
  const makeShare = (): ClientShare => {
    const own = getDiffieHellman(group);
    return {
      publicValue: magnitudeToValue(own.generateKeys()),
      finish(peerValue) {
        const peer = readInteger(peerValue);
        const value = toBigInt(peer);
        if (value <= 1n || value >= toBigInt(own.getPrime()) - 1n) throw impossibleValue();
        return encodeInteger(refuseOnError(() => own.computeSecret(peer)));
      },
    };
  };
  return answerLikeAsk(hash, makeShare);
}

/** For methods where both sides do the same. */
function answerLikeAsk(hash: KeyExchangeHash, begin: () => ClientShare): KeyAgreement {
  return {
    hash,
    begin,
    respond(clientValue) {
      const own = begin();
      return { serverValue: own.publicValue, secret: own.finish(clientValue) };
    },
  };
}

/** A hybrid's secret is a hash over both, and goes into the exchange hash as a string. */
function combine(kemSecret: Buffer, curveSecret: Buffer): Buffer {
  const digest = createHash('sha256').update(kemSecret).update(curveSecret).digest();
  return new SshWriter().string(digest).toBuffer();
}

function encodeInteger(magnitude: Buffer): Buffer {
  return new SshWriter().mpint(magnitude).toBuffer();
}

/** The content of an `mpint`, which has the frame of a string. */
function magnitudeToValue(magnitude: Buffer): Buffer {
  return encodeInteger(magnitude).subarray(4);
}

function readInteger(value: Buffer): Buffer {
  return new SshReader(new SshWriter().string(value).toBuffer(), 'public value').mpint();
}

function toBigInt(magnitude: Buffer): bigint {
  return magnitude.length === 0 ? 0n : BigInt(`0x${magnitude.toString('hex')}`);
}

function exportRaw(key: KeyObject, bytes: number): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-bytes);
}

function importSpki(spki: Buffer): KeyObject {
  return refuseOnError(() => createPublicKey({ key: spki, format: 'der', type: 'spki' }));
}

function expectBytes(value: Buffer, bytes: number): void {
  if (value.length !== bytes) throw impossibleValue();
}

function refuseOnError<T>(compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    throw impossibleValue(cause);
  }
}

function impossibleValue(cause?: unknown): ProtocolError {
  return new ProtocolError('key exchange', 'public value that nobody honest would send', { cause });
}
