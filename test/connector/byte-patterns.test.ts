import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BytePatterns } from './byte-patterns.ts';
import { describeSecrets, plant, plantKey, withScramKeys } from './planted-secret.ts';

function find(patterns: BytePatterns, bytes: Buffer): readonly string[] {
  const found = new Set<string>();
  patterns.find(bytes, found);
  return [...found].toSorted();
}

describe('BytePatterns', () => {
  it('finds what is there, wherever it is, and nothing else', () => {
    const pattern = fc.uint8Array({ minLength: 4, maxLength: 9 });
    const bytes = fc.uint8Array({ maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 5 }),
        fc.array(fc.oneof(bytes, pattern)),
        (wanted, pieces) => {
          const patterns = wanted.map((each, index) => ({
            name: String(index),
            bytes: Buffer.from(each),
          }));
          const text = Buffer.concat([...pieces, ...wanted.slice(0, 1)]);
          const expected = patterns
            .filter((each) => text.includes(each.bytes))
            .map(({ name }) => name);
          assert.deepEqual(find(new BytePatterns(patterns), text), expected.toSorted());
        },
      ),
    );
  });
});

describe('describeSecrets', () => {
  const secret = plant('database');
  const patterns = describeSecrets([secret]);
  const bytes = Buffer.from(secret.text);

  it('finds a secret in every writing', () => {
    for (const [written, name] of [
      [bytes, 'database: raw'],
      [bytes.toString('hex'), 'database: hex'],
      [bytes.toString('hex').toUpperCase(), 'database: HEX'],
      [`password=${encodeURIComponent(secret.text)}&`, 'database: URL'],
      [Buffer.from(secret.text, 'utf16le'), 'database: UTF-16LE'],
      [Buffer.from(`u:${secret.text}`).toString('base64'), 'database: base64 2'],
      [Buffer.from(`us:${secret.text}x`).toString('base64'), 'database: base64 0'],
      [Buffer.from(`use:${secret.text}`).toString('base64url'), 'database: base64url 1'],
    ] as const) {
      const found = find(
        patterns,
        Buffer.concat([Buffer.from('..'), Buffer.from(written), Buffer.from('..')]),
      );
      assert(found.includes(name), `${name}: ${found.join()}`);
    }
    assert.deepEqual(find(patterns, Buffer.from(secret.text.slice(1))), []);
  });

  it('finds what SCRAM derives, and a key in a part of its PEM', () => {
    const salt = Buffer.from('0123456789abcdef').toString('base64');
    const scram = withScramKeys(secret, `SCRAM-SHA-256$4096:${salt}$stored:server`);
    const key = scram.derived.get('client key');
    assert(key);
    assert.deepEqual(find(describeSecrets([scram]), key), ['database client key: raw']);
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const found = find(
      describeSecrets([plantKey('host', pem, privateKey)]),
      Buffer.from(pem.slice(0, -26)),
    );
    assert(found.includes('host: part'), String(found));
  });
});
