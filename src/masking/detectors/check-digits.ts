/** Whether the digits pass the check of ISO/IEC 7812-1, annex B. Anything else in the text fails it. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    if (digit < 0 || digit > 9) return false;
    const doubled = index % 2 === 0 ? digit : 2 * digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 1 && sum % 10 === 0;
}

/** Payment cards: 13 to 19 digits of an issuer's range, not one digit over and over. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19 || !/^(?:[3456]|1[28]|2[2-7])/.test(digits))
    return false;
  return passesLuhn(digits) && !/^(\d)\1*$/.test(digits);
}

/**
 * National Provider Identifier: ten digits, the first 1 or 2, Luhn with the prefix 80840.
 *
 * @see 45 CFR 162.406
 */
export function isNpi(digits: string): boolean {
  return /^[12]\d{9}$/.test(digits) && passesLuhn(`80840${digits}`);
}

/** Registration of the Drug Enforcement Administration: two letters (or a letter and 9), seven digits. */
export function isDeaNumber(text: string): boolean {
  const match = /^[ABCDEFGHJKLMPRSTUX][A-Z9](\d{7})$/.exec(text.toUpperCase());
  if (match === null) return false;
  const digit = (index: number): number => Number(match[1]?.[index]);
  const odd = digit(0) + digit(2) + digit(4);
  const even = digit(1) + digit(3) + digit(5);
  return (odd + 2 * even) % 10 === digit(6);
}

const VIN_VALUES: Readonly<Record<string, number>> = Object.fromEntries(
  Array.from('0123456789')
    .map((digit): [string, number] => [digit, Number(digit)])
    .concat(
      Array.from('ABCDEFGH').map((letter, index) => [letter, index + 1]),
      Array.from('JKLMN').map((letter, index) => [letter, index + 1]),
      [
        ['P', 7],
        ['R', 9],
      ],
      Array.from('STUVWXYZ').map((letter, index) => [letter, index + 2]),
    ),
);
const VIN_WEIGHTS: readonly number[] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * Vehicle identification number of North America, whose ninth character checks the others.
 *
 * @see 49 CFR 565.15
 */
export function isVin(text: string): boolean {
  const vin = text.toUpperCase();
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(vin)) return false;
  let sum = 0;
  for (const [index, weight] of VIN_WEIGHTS.entries()) {
    sum += weight * (VIN_VALUES[vin[index] as string] as number);
  }
  return vin[8] === (sum % 11 === 10 ? 'X' : String(sum % 11));
}

/** Routing number of a bank in the United States: nine digits of the ranges in use, weighted 3, 7, 1. */
export function isRoutingNumber(digits: string): boolean {
  if (!/^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/.test(digits)) return false;
  if (/^0{6}/.test(digits)) return false;
  const sum = Array.from(digits).reduce((total, digit, index) => {
    return (
      total + Number(digit) * (3 + 4 * (index % 3 === 1 ? 1 : 0) - 2 * (index % 3 === 2 ? 1 : 0))
    );
  }, 0);
  return sum % 10 === 0;
}

/** Lengths of the account numbers of countries, without spaces (ISO 13616 registry). */
export const IBAN_LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};

/** International bank account number, without spaces: the length of its country, and 1 modulo 97. */
export function isIban(text: string): boolean {
  const iban = text.toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(iban) || iban.length !== IBAN_LENGTHS[iban.slice(0, 2)]) {
    return false;
  }
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Check digit of GS1 numbers (GTIN, SSCC): weights 3 and 1 from the right. */
export function isGs1Number(digits: string): boolean {
  if (!/^\d{8,18}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    sum += Number(digits[digits.length - 1 - index]) * (index % 2 === 0 ? 1 : 3);
  }
  return sum % 10 === 0;
}

/** The ten digits of the British health service: weights 10 to 2, modulo 11. */
export function isNhsNumber(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < 9; index++) sum += (10 - index) * Number(digits[index]);
  const check = 11 - (sum % 11);
  return (check === 11 ? 0 : check) === Number(digits[9]);
}
