import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { KEY_ALGORITHMS } from './key-algorithm.ts';
import { decodePublicKey, encodePublicKey } from './public-key.ts';
import { type SignatureClaim, signData, verifySignature } from './signature.ts';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

const KEYS: Readonly<Record<string, KeyObject>> = {
  'ssh-ed25519': generateKeyPairSync('ed25519').privateKey,
  'ecdsa-sha2-nistp256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'ecdsa-sha2-nistp384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'ecdsa-sha2-nistp521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'ssh-rsa': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};
const DATA = Buffer.from('the exchange hash');

function claimOf(algorithm: string, privateKey: KeyObject): SignatureClaim {
  const publicKey = encodePublicKey(privateKey);
  const signature = signData(privateKey, algorithm, DATA);
  return { publicKey, algorithms: [algorithm], data: DATA, signature };
}

/** Whether the claim holds; malformed ones do not. */
function holds(claim: SignatureClaim): boolean {
  try {
    return verifySignature(claim);
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return false;
  }
}

for (const { keyType, signatureAlgorithms } of KEY_ALGORITHMS) {
  const privateKey = KEYS[keyType] as KeyObject;
  describe(keyType, () => {
    it('reads back its public key, and nothing that is cut or goes on', () => {
      const blob = encodePublicKey(privateKey);
      assert.equal(decodePublicKey(blob).keyType, keyType);
      assert.deepEqual(encodePublicKey(decodePublicKey(blob).key), blob);
      for (let end = 0; end < blob.length; end++) {
        assert.throws(() => decodePublicKey(blob.subarray(0, end)), ProtocolError);
      }
      assert.throws(() => decodePublicKey(Buffer.concat([blob, Buffer.of(0)])), ProtocolError);
    });

    for (const algorithm of signatureAlgorithms) {
      it(`verifies ${algorithm} over the same data by the same key only`, () => {
        const claim = claimOf(algorithm, privateKey);
        assert(holds(claim));
        assert(!holds({ ...claim, data: Buffer.from('another') }));
        assert(!holds({ ...claim, algorithms: [] }));
        for (const other of Object.values(KEYS)) {
          if (other !== privateKey) assert(!holds({ ...claim, publicKey: encodePublicKey(other) }));
        }
      });

      it(`refuses ${algorithm} that was changed at any byte, cut, or made longer`, () => {
        const claim = claimOf(algorithm, privateKey);
        for (let at = 0; at < claim.signature.length; at++) {
          const changed = Buffer.from(claim.signature);
          changed[at] = (changed[at] ?? 0) ^ 1;
          assert(!holds({ ...claim, signature: changed }), `changed at ${at}`);
          assert(!holds({ ...claim, signature: claim.signature.subarray(0, at) }));
        }
        const longer = Buffer.concat([claim.signature, Buffer.of(0)]);
        assert(!holds({ ...claim, signature: longer }));
      });
    }
  });
}

describe('verifySignature', () => {
  it('is not talked into an algorithm that was not agreed on', () => {
    const claim = claimOf('rsa-sha2-256', KEYS['ssh-rsa'] as KeyObject);
    assert(!holds({ ...claim, algorithms: ['rsa-sha2-512'] }));
    const reader = new SshReader(claim.signature, 'test');
    reader.identifier();
    const raw = reader.string();
    for (const name of ['ssh-rsa', 'rsa-sha2-512', 'ssh-ed25519']) {
      const renamed = new SshWriter().text(name).string(raw).toBuffer();
      assert(!holds({ ...claim, algorithms: [name], signature: renamed }), name);
    }
  });

  it('takes an RSA signature whose leading zero bytes were dropped', () => {
    const privateKey = KEYS['ssh-rsa'] as KeyObject;
    const publicKey = encodePublicKey(privateKey);
    for (let index = 0; index < 5000; index++) {
      const data = Buffer.from(`${index}`);
      const reader = new SshReader(signData(privateKey, 'rsa-sha2-256', data), 'test');
      reader.identifier();
      const raw = reader.string();
      if (raw[0] !== 0) continue;
      const signature = new SshWriter().text('rsa-sha2-256').string(raw.subarray(1)).toBuffer();
      assert(verifySignature({ publicKey, algorithms: ['rsa-sha2-256'], data, signature }));
      return;
    }
    assert.fail('no signature began with a zero byte');
  });

  it('throws nothing but ProtocolError for random keys and signatures', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
    const algorithm = fc.constantFrom(...KEY_ALGORITHMS.flatMap((key) => key.signatureAlgorithms));
    fc.assert(
      fc.property(bytes, bytes, algorithm, (first, second, name) => {
        const publicKey = new SshWriter().text(name).string(first).string(second).toBuffer();
        const signature = new SshWriter().text(name).string(second).toBuffer();
        holds({ publicKey, algorithms: [name], data: DATA, signature });
        holds({ ...claimOf(name, keyFor(name)), signature });
      }),
      { numRuns: 300 },
    );
  });
});

describe('decodePublicKey', () => {
  it('refuses points that are not on the curve, or not in the open form', () => {
    const blob = encodePublicKey(KEYS['ecdsa-sha2-nistp256'] as KeyObject);
    const off = Buffer.from(blob);
    off[blob.length - 1] = (off[blob.length - 1] ?? 0) ^ 1;
    assert.throws(() => decodePublicKey(off), ProtocolError);
    const compressed = new SshWriter().text('ecdsa-sha2-nistp256').text('nistp256');
    compressed.string(Buffer.concat([Buffer.of(2), blob.subarray(-64, -32)]));
    assert.throws(() => decodePublicKey(compressed.toBuffer()), ProtocolError);
    const infinity = new SshWriter().text('ecdsa-sha2-nistp256').text('nistp256');
    assert.throws(() => decodePublicKey(infinity.string(Buffer.of(0)).toBuffer()), ProtocolError);
  });

  it('refuses a curve that is not that of the type', () => {
    const blob = encodePublicKey(KEYS['ecdsa-sha2-nistp256'] as KeyObject);
    const renamed = Buffer.from(
      blob.toString('latin1').replace('sha2-nistp256', 'sha2-nistp384'),
      'latin1',
    );
    assert.throws(() => decodePublicKey(renamed), ProtocolError);
  });

  it('refuses RSA keys that are short, enormous, or have a weak exponent', () => {
    const rsa = (exponent: number[], modulus: Buffer): Buffer =>
      new SshWriter().text('ssh-rsa').mpint(Buffer.from(exponent)).mpint(modulus).toBuffer();
    const modulus = Buffer.alloc(256, 0xff);
    assert.equal(decodePublicKey(rsa([1, 0, 1], modulus)).keyType, 'ssh-rsa');
    for (const exponent of [[], [1], [2], [1, 0, 0], [1, 0, 0, 0, 1]]) {
      assert.throws(() => decodePublicKey(rsa(exponent, modulus)), ProtocolError);
    }
    const short = Buffer.from(modulus);
    short[0] = 0x7f;
    assert.throws(() => decodePublicKey(rsa([1, 0, 1], short)), ProtocolError);
    assert.throws(() => decodePublicKey(rsa([1, 0, 1], Buffer.alloc(2049, 0xff))), ProtocolError);
  });
});

function keyFor(algorithm: string): KeyObject {
  return KEYS[algorithm.startsWith('rsa') ? 'ssh-rsa' : algorithm] as KeyObject;
}
