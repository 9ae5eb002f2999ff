import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeRoleSession } from './role-session.ts';

const NAME = /^[A-Za-z0-9_+=,.@-]{2,64}$/;
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

function nameOf(principalId: string): string {
  return describeRoleSession(principalId, 'hospital').name;
}

describe('describeRoleSession', () => {
  it('names a session after its principal where AWS takes the name', () => {
    const { name, tags } = describeRoleSession('alice@clinic.example', 'hospital');
    assert.equal(name, 'alice@clinic.example');
    assert.deepEqual(tags, [
      { Key: 'sallyport:principal', Value: 'alice@clinic.example' },
      { Key: 'sallyport:target', Value: 'hospital' },
    ]);
  });

  it('makes a name of every id that AWS takes, and never two that are the same', () => {
    const names = new Map<string, string>();
    const odd = [
      'a',
      'b',
      '/',
      ':',
      '|',
      '=',
      '\n',
      '\0',
      ' ',
      '"',
      '&',
      '<',
      'é',
      '\u{1f600}',
      '@',
      '-',
    ];
    const character = fc.constantFrom(...odd, 'Tags.member.1.Key=x');
    const id = fc.oneof(
      fc.array(character, { maxLength: 90 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 400 }),
    );
    fc.assert(
      fc.property(id, (principalId) => {
        const { name, tags } = describeRoleSession(principalId, 'hospital');
        assert.match(name, NAME);
        for (const { Value } of tags) {
          assert.match(Value, TAG);
          assert(Value.length <= 256);
        }
        assert.equal(names.get(name) ?? principalId, principalId);
        names.set(name, principalId);
      }),
    );
  });

  it('gives nobody a name by which another is known', () => {
    const changed = nameOf('alice/admin');
    assert.match(changed, /^alice-admin=[0-9a-f]{16}$/);
    assert.notEqual(nameOf('alice-admin'), changed);
    assert.notEqual(nameOf(changed), changed);
    const long = 'a'.repeat(64);
    assert.equal(nameOf(long), long);
    assert.notEqual(nameOf(`${long}b`), nameOf(`${long}c`));
  });
});
