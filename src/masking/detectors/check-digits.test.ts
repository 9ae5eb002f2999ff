import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isCardNumber,
  isDeaNumber,
  isGs1Number,
  isIban,
  isNhsNumber,
  isNpi,
  isRoutingNumber,
  isVin,
  passesLuhn,
} from './check-digits.ts';

/** Printed as examples by those who define the numbers; each fails with any one digit changed. */
const CHECKED: readonly (readonly [string, (text: string) => boolean, readonly string[]])[] = [
  ['passesLuhn', passesLuhn, ['79927398713']],
  ['isCardNumber', isCardNumber, ['4111111111111111', '378282246310005', '5555555555554444']],
  ['isNpi', isNpi, ['1234567893']],
  ['isDeaNumber', isDeaNumber, ['AB1234563', 'F91234563']],
  ['isVin', isVin, ['1M8GDM9AXKP042788', '11111111111111111']],
  ['isRoutingNumber', isRoutingNumber, ['111000025', '021000021']],
  ['isIban', isIban, ['GB82WEST12345698765432', 'DE89370400440532013000', 'NO9386011117947']],
  ['isGs1Number', isGs1Number, ['4006381333931', '10614141000415']],
  ['isNhsNumber', isNhsNumber, ['9434765919']],
];

for (const [name, check, valid] of CHECKED) {
  describe(name, () => {
    for (const text of valid) {
      it(`accepts ${text}, and not with its last digit changed`, () => {
        assert(check(text));
        const last = Number(text.at(-1));
        for (let step = 1; step < 10; step++) {
          assert(!check(text.slice(0, -1) + ((last + step) % 10)), `step ${step}`);
        }
      });
    }
    it('refuses what is too short, too long or of other characters', () => {
      for (const text of [
        '',
        '0',
        '12x4',
        ' '.repeat(12),
        '9'.repeat(50),
        valid[0]?.slice(1) ?? '',
      ]) {
        assert(!check(text) || name === 'passesLuhn', text);
      }
    });
  });
}

it('a card number is of an issuer, and not one digit over and over', () => {
  assert(!isCardNumber('0000000000000000'));
  assert(!isCardNumber('9999999999999995'));
});
