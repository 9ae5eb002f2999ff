import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { derivePatientKey, PatientHasher } from './patient-hasher.ts';

const KEY = derivePatientKey(Buffer.alloc(32, 7));

describe('PatientHasher', () => {
  it('gives the first 16 bytes of HMAC-SHA-256, for inputs of any length in any order', () => {
    const hasher = new PatientHasher(KEY);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const expected = createHmac('sha256', KEY).update(bytes).digest().subarray(0, 16);
        const buffer = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
        assert.equal(hasher.digest(buffer, 6, 6 + bytes.length), expected.toString('base64url'));
      }),
    );
  });

  it('gives other hashes and another key id under another key', () => {
    const [one, other] = [new PatientHasher(KEY), new PatientHasher(derivePatientKey(KEY))];
    const id = Buffer.from('17');
    assert.notEqual(one.keyId, other.keyId);
    assert.match(one.keyId, /^[0-9a-f]{8}$/u);
    assert.notEqual(one.digest(id, 0, 2), other.digest(id, 0, 2));
    one.sip.update(id, 0, 2);
    other.sip.update(id, 0, 2);
    assert.notEqual(one.sip.low, other.sip.low);
  });
});
