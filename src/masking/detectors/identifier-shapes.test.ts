import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isDate,
  isIpv4,
  isIpv6,
  isMacAddress,
  isMbi,
  isNanpNumber,
  isSsn,
  isTaxpayerNumber,
} from './identifier-shapes.ts';

function accepts(check: (text: string) => boolean, valid: string, invalid: string): void {
  for (const text of valid.split(' ')) assert(check(text), `refuses ${text}`);
  for (const text of invalid.split(' ')) assert(!check(text), `accepts ${text}`);
}

describe('identifier shapes', () => {
  it('a social security number is of a range in use', () => {
    accepts(
      isSsn,
      '219094321 899990001 001010001',
      '000123456 666123456 900123456 123004567 123450000 12345678',
    );
  });

  it('a taxpayer number starts with 9 and has a group in use', () => {
    accepts(isTaxpayerNumber, '912761234 900501234 999991234', '911111234 912931234 811701234');
  });

  it('a Medicare number has its letters and digits in place', () => {
    accepts(
      isMbi,
      '1EG4TE5MK73 1eg4te5mk73',
      '0EG4TE5MK73 1SG4TE5MK73 1EG4TE5MI73 1EGTTE5MK73 1EG4TE5MK7',
    );
  });

  it('a telephone number has an area and an exchange in use', () => {
    accepts(isNanpNumber, '4025550132', '1025550132 4021550132 9115550132 402555013');
  });

  it('an address of IPv4 has four parts of at most 255', () => {
    accepts(isIpv4, '10.0.0.1 255.255.255.255', '256.1.1.1 1.2.3 1.2.3.4.5 a.b.c.d');
  });

  it('an address of IPv6 is of one of the forms of RFC 4291', () => {
    accepts(
      isIpv6,
      '::1 fe80::1 2001:db8:85a3::8a2e:370 ::ffff:10.0.0.1 1:2:3:4:5:6:7:8',
      '1:2:3:4 12:30:45 1::2::3 12345::1 ::256.1.1.1 1:2:3:4:5:6:7:8:9',
    );
  });

  it('an address of a network card is not all zeros', () => {
    accepts(isMacAddress, '0123456789ab', '000000000000 ffffffffffff 0123456789');
  });

  it('a date has a month and a day of it', () => {
    assert(isDate(2024, 2, 29) && isDate(undefined, 12, 31) && isDate(99, 1, 1));
    assert(
      !isDate(2024, 13, 1) && !isDate(2024, 2, 30) && !isDate(2024, 4, 31) && !isDate(1234, 1, 1),
    );
  });
});
