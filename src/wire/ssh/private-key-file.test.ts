import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { decodePrivateKeyFile, encodePrivateKeyFile } from './private-key-file.ts';
import { encodePublicKey } from './public-key.ts';

let directory: string;

/** Has OpenSSH make a key; its private file and its public key. */
function makeKey(name: string, ...options: readonly string[]): { text: string; blob: Buffer } {
  const path = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'of a test', '-f', path, ...options]);
  const [, base64 = ''] = readFileSync(`${path}.pub`, 'utf8').split(' ');
  return { text: readFileSync(path, 'utf8'), blob: Buffer.from(base64, 'base64') };
}

function publicOf(key: KeyObject): Buffer {
  return encodePublicKey(key);
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
}

describe('decodePrivateKeyFile', () => {
  prepareTests();

  for (const [name, ...options] of [
    ['ed25519', '-t', 'ed25519'],
    ['p256', '-t', 'ecdsa', '-b', '256'],
    ['p521', '-t', 'ecdsa', '-b', '521'],
    ['rsa', '-t', 'rsa', '-b', '2048'],
    ['rsa-pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM'],
    ['p256-pkcs8', '-t', 'ecdsa', '-b', '256', '-m', 'PKCS8'],
  ] as const) {
    it(`reads what ssh-keygen wrote: ${name}`, () => {
      const { text, blob } = makeKey(name, ...options);
      assert.deepEqual(publicOf(decodePrivateKeyFile(text)), blob);
    });
  }

  it('refuses a key with a passphrase, and says nothing of what is in it', () => {
    const path = join(directory, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret phrase', '-f', path]);
    assert.throws(() => decodePrivateKeyFile(readFileSync(path, 'utf8')), {
      code: 'ERR_WIRE_PROTOCOL',
      reason: 'is encrypted',
    });
  });

  it('refuses a key that is not that of its public key', () => {
    const [one, other] = [0, 1].map(() => generateKeyPairSync('ed25519').privateKey);
    assert(one !== undefined && other !== undefined);
    const bodyOf = (key: KeyObject): Buffer =>
      Buffer.from(encodePrivateKeyFile(key, '').replace(/-----.*-----/g, ''), 'base64');
    const mixed = bodyOf(one);
    bodyOf(other).copy(mixed, 0, 0, 98);
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${mixed.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
    assert.throws(() => decodePrivateKeyFile(text), { reason: 'is not that of its public key' });
  });

  it('throws nothing but ProtocolError for what is cut, changed or random', () => {
    const { text } = makeKey('cut', '-t', 'ed25519');
    for (let length = 0; length < text.length; length++) assertRefused(text.slice(0, length), text);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 4 }), (at, change) =>
        assertRefused(text.slice(0, at) + change + text.slice(at + change.length), text),
      ),
    );
    fc.assert(fc.property(fc.string(), (random) => assertRefused(random, text)));
  });
});

/** Refused, or the same key: base64 has room for changes that mean nothing, and so has a comment. */
function assertRefused(changed: string, original: string): void {
  try {
    const key = decodePrivateKeyFile(changed);
    assert.deepEqual(publicOf(key), publicOf(decodePrivateKeyFile(original)));
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
  }
}

describe('encodePrivateKeyFile', () => {
  prepareTests();

  it('writes what OpenSSH reads', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    for (const comment of ['', 'a', 'ab', 'clinic:7', 'a longer comment']) {
      const path = join(directory, `written-${comment.length}`);
      writeFileSync(path, encodePrivateKeyFile(privateKey, comment), { mode: 0o600 });
      const line = execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' }).trim();
      assert.equal(
        line,
        `ssh-ed25519 ${publicOf(privateKey).toString('base64')}${comment && ` ${comment}`}`,
      );
    }
  });
});
