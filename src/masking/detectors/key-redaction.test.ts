import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyRedaction } from './key-redaction.ts';

const finds = (): Buffer => Buffer.from('[ssn]');
const findsNothing = (): undefined => undefined;

describe('KeyRedaction', () => {
  it('numbers masked keys within a document, and what looks like one', () => {
    const keys = new KeyRedaction();
    keys.begin();
    assert.equal(keys.redact('219-09-9998', finds), '[ssn] (1)');
    assert.equal(keys.redact('[ssn] (1)', findsNothing), '[ssn] (1) (2)');
    assert.equal(keys.redact('a [mrn] \n (12)', findsNothing), 'a [mrn] \n (12) (3)');
    keys.begin();
    assert.equal(keys.redact('219-09-9998', finds), '[ssn] (1)');
  });

  it('leaves other keys as they are', () => {
    const keys = new KeyRedaction();
    for (const key of ['', 'name', ' (1)', 'name (1)', '[ssn]', '[ssn] (x)', '[ssn] (1) ', '(1)']) {
      assert.equal(keys.redact(key, findsNothing), undefined, key);
    }
  });

  it('looks at a key once, if it is short: long ones are not kept', () => {
    const keys = new KeyRedaction();
    let looks = 0;
    const look = (): undefined => {
      looks += 1;
    };
    for (const key of ['name', 'name', 'n'.repeat(1_000), 'n'.repeat(1_000)])
      keys.redact(key, look);
    assert.equal(looks, 3);
  });

  it('takes a time that grows with the length of a key, not with its square', () => {
    const keys = new KeyRedaction();
    // With its square it would take minutes, and the run of tests would end.
    assert.equal(keys.redact('['.repeat(2_000_000), findsNothing), undefined);
    assert.equal(keys.redact(' ('.repeat(1_000_000), findsNothing), undefined);
  });
});
