import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KeyedForm } from './keyed-form.ts';
import { NO_TOKEN, readToken, spellToken } from './token-text.ts';

const FORMS: readonly KeyedForm[] = [
  { kind: 'prefixed' },
  { kind: 'digits', count: 8 },
  { kind: 'digits', count: 19 },
  { kind: 'number', bits: 31 },
  { kind: 'number', bits: 53 },
  { kind: 'uuid' },
];

describe('tokens', () => {
  it('are read back as they were spelled, whatever the random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (random) => {
        for (const form of FORMS) {
          const token = spellToken(form, 7, Buffer.from(random));
          assert.equal(readToken(token, form), token);
          assert.equal(readToken(` ${token} `, form), token);
        }
      }),
    );
  });

  it('are none of what stands for nothing, where that is not a value of the form', () => {
    for (const form of FORMS) {
      if (form.kind !== 'uuid') assert.equal(readToken(NO_TOKEN[form.kind], form), undefined);
    }
  });

  it('are read however PostgreSQL reads a UUID', () => {
    const uuid = '01234567-89ab-80cd-80ef-0123456789ab';
    for (const written of [
      uuid,
      uuid.toUpperCase(),
      `{${uuid}}`,
      uuid.replaceAll('-', ''),
      '0123-4567-89ab-80cd-80ef-0123-4567-89ab',
    ]) {
      assert.equal(readToken(written, { kind: 'uuid' }), uuid);
    }
    assert.equal(readToken(`${uuid}0`, { kind: 'uuid' }), undefined);
  });

  it('have one spelling: others are none', () => {
    for (const written of ['07', '+7', '7.0', '7e0', '0x7', '2147483648', '-7', '']) {
      assert.equal(readToken(written, { kind: 'number', bits: 31 }), undefined, written);
    }
    for (const written of [
      'vt1_0123456789ABCDEF',
      'vt0_0123456789abcdef',
      'vk1_0123456789abcdef',
    ]) {
      assert.equal(readToken(written, { kind: 'prefixed' }), undefined, written);
    }
  });
});
