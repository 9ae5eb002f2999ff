import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { spellToken } from '../vault/token-text.ts';
import { dateShiftDays } from './date-shift.ts';
import { computeHmac, countPseudonyms, pseudonymise } from './pseudonym.ts';
import { createMaskKeys, type HmacBlocks, toHmacBlocks } from './pseudonym-keys.ts';

const MASTER = Buffer.alloc(32, 7);
const KEYS = createMaskKeys(MASTER, 12);
const MRN = KEYS.derive('pseudonym', 'mrn');

describe('computeHmac', () => {
  it('is HMAC-SHA-256, whatever the length of the value and whatever key was used before', () => {
    const keys = [MASTER, Buffer.alloc(20, 1)];
    const blocks = keys.map((key) => toHmacBlocks(key));
    for (const value of [
      '',
      'a',
      'é😀\ud800',
      'b'.repeat(341),
      'é'.repeat(342),
      'c'.repeat(5000),
    ]) {
      for (const [index, key] of keys.entries()) {
        const expected = createHmac('sha256', key).update(value).digest();
        assert.deepEqual(computeHmac(value, blocks[index] as HmacBlocks), expected);
      }
    }
  });
});

describe('pseudonymise', () => {
  it('does not change between releases', () => {
    assert.equal(pseudonymise('123-45-6789', MRN), 'ps12_e087ead8e5cd5808');
  });

  it('keeps domains apart', () => {
    assert.notEqual(pseudonymise('a', MRN), pseudonymise('a', KEYS.derive('pseudonym', 'ssn')));
  });
});

describe('countPseudonyms', () => {
  it('knows every pseudonym and vault token, of any version, wherever it stands', () => {
    const token = spellToken({ kind: 'prefixed' }, 12, Buffer.alloc(32, 9));
    const older = createMaskKeys(Buffer.alloc(32, 7), 1).derive('pseudonym', 'mrn');
    fc.assert(
      fc.property(fc.string(), (value) => {
        const made = [token, ...[MRN, older].map((keys) => pseudonymise(value, keys))];
        assert.equal(countPseudonyms(`WHERE mrn IN ('${made.join("', '")}')`), 3);
        assert.equal(countPseudonyms([...made, ...made].join(' ')), 3);
      }),
    );
  });

  it('does not count other texts', () => {
    const digits = '0123456789abcdef';
    for (const text of [
      '',
      'ps12_',
      `ps12_${digits.slice(1)}`,
      `ps12_${digits.toUpperCase()}`,
      `ps012_${digits}`,
      `ps112_${digits}`,
      `xs12_${digits}`,
      digits,
    ]) {
      assert.equal(countPseudonyms(text), 0, text);
    }
  });
});

describe('dateShiftDays', () => {
  it('is 1 to 365 days, the same for the same patient', () => {
    const keys = KEYS.derive('date-shift', '');
    const days = Array.from({ length: 5000 }, (_, patient) => dateShiftDays(String(patient), keys));
    assert.equal(Math.min(...days), 1);
    assert.equal(Math.max(...days), 365);
    assert.equal(dateShiftDays('17', keys), days[17]);
  });
});
