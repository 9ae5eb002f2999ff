import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors, type Detectors } from './detectors.ts';
import { compileOpenTail, type FindOpenTail } from './open-tail.ts';

const CUSTOM = [{ name: 'trial', className: 'other-id', pattern: 'NCT\\d{8}' }];

let findOpenTail: FindOpenTail;
let detectors: Detectors;

/** The end of a text that may be the beginning of a value, and whether it is telling. */
function tailOf(text: string): readonly [string, boolean] {
  const bytes = Buffer.from(text);
  const { start, isTelling } = findOpenTail(bytes, 0, bytes.length);
  return [bytes.subarray(start).toString(), isTelling];
}

describe('compileOpenTail', () => {
  before(() => {
    findOpenTail = compileOpenTail(CUSTOM);
    detectors = compileDetectors({ custom: CUSTOM });
  });

  it('finds nothing at the end of prompts', () => {
    for (const prompt of [
      'user@host-12345:~$ ',
      '[root@db 1234]# ',
      'bash-5.1$ ',
      'Password: ',
      'Continue? [Y/n] ',
      'In [12345]: ',
      '12:34:56 ',
    ]) {
      assert.deepEqual(tailOf(prompt), ['', false], prompt);
    }
  });

  it('finds the beginning of identifiers', () => {
    assert.deepEqual(tailOf('SSN 633-80-84'), ['633-80-84', true]);
    assert.deepEqual(tailOf('SSN 633'), ['633', false]);
    assert.deepEqual(tailOf('call (462) 815'), ['(462) 815', true]);
    assert.deepEqual(tailOf('mail to james+x@sub.ex'), ['james+x@sub.ex', true]);
    assert.deepEqual(tailOf('on March 17, 20'), ['March 17, 20', true]);
    assert.deepEqual(tailOf('member 4W49-E9'), ['4W49-E9', true]);
  });

  it("finds the beginning of what a customer's pattern means", () => {
    assert.deepEqual(tailOf('trial NC'), ['NC', false]);
    assert.deepEqual(tailOf('trial NCT'), ['NCT', true]);
  });

  it('is open at every place in a value behind its fourth digit', () => {
    const values = ['633-80-8456', '437-458-5325', '4W49-E91-DY07', '0992782', '4111111111111111'];
    for (const value of values) {
      for (let length = 1; length < value.length; length++) {
        const beginning = value.slice(0, length);
        const [tail, isTelling] = tailOf(`it is ${beginning}`);
        assert.equal(tail, beginning);
        assert.equal(isTelling, beginning.replace(/\D/g, '').length >= 4, beginning);
      }
    }
  });

  it('lets nothing that is found be cut in two and shown, but for what is not telling', () => {
    const value = fc.constantFrom('633-80-8456', '(462) 815-4340', 'NCT01234567', '2021-03-04');
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ]{0,20}$/), value, fc.nat(14), (text, found, cut) => {
        const bytes = Buffer.from(`${text} ${found}`);
        const [finding] = detectors.find(bytes, 0, bytes.length);
        assert(finding !== undefined);
        const end = bytes.length - Math.min(cut, found.length - 1);
        const { start, isTelling } = findOpenTail(bytes, 0, end);
        const digits = bytes.toString('latin1', finding.start, end).replace(/\D/g, '');
        assert.ok(start <= finding.start || digits.length < 4);
        assert.ok(isTelling || digits.length < 4);
      }),
    );
  });
});
