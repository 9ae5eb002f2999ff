import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatVerifierKey,
  openCheckpoint,
  parseVerifierKey,
  signCheckpoint,
} from './signed-note.ts';

/** From the documentation of Go's golang.org/x/mod/sumdb/note: a key and a note that it signed. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

function newKey(name: string): { sign: (size: number) => string; verifierKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const root = Buffer.alloc(32, 7);
  return {
    sign: (size) => signCheckpoint({ origin: name, size, root }, privateKey),
    verifierKey: formatVerifierKey(name, publicKey),
  };
}

function verifierOf(verifierKey: string): NonNullable<ReturnType<typeof parseVerifierKey>> {
  const verifier = parseVerifierKey(verifierKey);
  assert(verifier);
  return verifier;
}

describe('parseVerifierKey', () => {
  it('reads a key that Go wrote', () => {
    const { name, keyId, publicKey } = verifierOf(GO_KEY);
    assert.equal(name, 'PeterNeumann');
    assert.equal(keyId.toString('hex'), 'c74f20a3');
    assert.equal(formatVerifierKey(name, publicKey), GO_KEY);
  });

  it('refuses a key whose id, algorithm or length does not fit', () => {
    for (const text of [
      '',
      'PeterNeumann',
      GO_KEY.replace('c74f20a3', 'c74f20a4'),
      GO_KEY.replace('PeterNeumann', 'PeterNeumaun'),
      GO_KEY.replace('+ARpc', '+AhpC'),
      GO_KEY.slice(0, -4),
    ]) {
      assert.equal(parseVerifierKey(text), undefined, text);
    }
  });
});

describe('openCheckpoint', () => {
  it('reads what was signed', () => {
    const key = newKey('gw-1.0');
    assert.deepEqual(openCheckpoint(key.sign(27), verifierOf(key.verifierKey)), {
      state: 'signed',
      checkpoint: { origin: 'gw-1.0', size: 27, root: Buffer.alloc(32, 7) },
    });
  });

  it('accepts signatures of others beside the one it asks for', () => {
    const key = newKey('gw-1.0');
    const [, witness = ''] = newKey('witness').sign(27).split('\n\n');
    const opened = openCheckpoint(`${key.sign(27)}${witness}`, verifierOf(key.verifierKey));
    assert.equal(opened.state, 'signed');
  });

  it('refuses a note changed in any character', () => {
    const key = newKey('gw-1.0');
    const verifier = verifierOf(key.verifierKey);
    const note = key.sign(27);
    for (let at = 0; at < note.length; at++) {
      const changed = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`;
      assert.equal(openCheckpoint(changed, verifier).state, 'invalid', `at ${at}`);
    }
  });

  it('refuses a note cut at any character', () => {
    const key = newKey('gw-1.0');
    const note = key.sign(27);
    for (let length = 0; length < note.length; length++) {
      const opened = openCheckpoint(note.slice(0, length), verifierOf(key.verifierKey));
      assert.equal(opened.state, 'invalid');
    }
  });

  it('refuses another key of the same name, and two signatures of one key', () => {
    const key = newKey('gw-1.0');
    const other = newKey('gw-1.0');
    const note = key.sign(27);
    assert.equal(openCheckpoint(note, verifierOf(other.verifierKey)).state, 'invalid');
    const [, signature = ''] = note.split('\n\n');
    const twice = openCheckpoint(`${note}${signature}`, verifierOf(key.verifierKey));
    assert.equal(twice.state, 'invalid');
  });

  it('answers whatever it is given', () => {
    const verifier = verifierOf(GO_KEY);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(openCheckpoint(text, verifier).state, 'invalid');
      }),
    );
  });
});
