/**
 * Whether nine digits are in the ranges of social security numbers: no area 000, 666 or 9xx, no group 00, no serial 0000.
 *
 * @see https://www.ssa.gov/employer/randomization.html
 */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !PLACEHOLDERS.has(digits);
}

/** Printed on sample cards and forms, or one digit over and over: nobody's number. */
const PLACEHOLDERS: ReadonlySet<string> = new Set(['123456789', '111111111', '333333333']);

/** Individual taxpayer identification numbers stand where social security numbers do. */
export function isTaxpayerNumber(digits: string): boolean {
  return /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-2]|9[4-9])\d{4}$/.test(digits);
}

/**
 * Medicare Beneficiary Identifier, without dashes: eleven characters, letters without S, L, O, I, B, Z.
 *
 * @see https://www.cms.gov/medicare/new-medicare-card/understanding-the-mbi-format.pdf
 */
export function isMbi(text: string): boolean {
  return /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/i.test(
    text,
  );
}

/** Ten digits of the North American Numbering Plan: area and exchange start with 2 to 9 and are no service code. */
export function isNanpNumber(digits: string): boolean {
  return /^[2-9](?!11)\d{2}[2-9]\d{6}$/.test(digits);
}

/** Dotted decimal, each part at most 255. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/**
 * The text forms of RFC 4291, section 2.2.
 *
 * At least one part is empty or has more than two digits, or there are eight: `12:30:45` is a time.
 */
export function isIpv6(text: string): boolean {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null && !isIpv4(dotted[2] as string)) return false;
  const hex = dotted === null ? text : `${dotted[1]}0:0`;
  const halves = hex.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

/** Six octets, not all the same: 00:…:00 and ff:…:ff are nobody's. */
export function isMacAddress(hex: string): boolean {
  return /^(?:[0-9a-f]{12}|[0-9a-f]{16})$/i.test(hex) && !/^(..)\1*$/.test(hex);
}

/** Whether a date can have these numbers. A year of two digits, or none, is possible; `undefined` is none. */
export function isDate(year: number | undefined, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (day === 31 && [2, 4, 6, 9, 11].includes(month)) return false;
  if (day === 30 && month === 2) return false;
  return year === undefined || year < 100 || (year >= 1850 && year < 2150);
}

/** `01312024`, of a year that patients were born or seen in. */
export function isAmericanDate(digits: string): boolean {
  const year = Number(digits.slice(4));
  const isOfThisTime = year >= 1900 && year < 2100;
  return isOfThisTime && isDate(year, Number(digits.slice(0, 2)), Number(digits.slice(2, 4)));
}

/** `20240131`, with hours and minutes, with seconds. */
export function isCompactDate(digits: string): boolean {
  const year = Number(digits.slice(0, 4));
  if (year < 1900 || year > 2100) return false;
  if (!isDate(year, Number(digits.slice(4, 6)), Number(digits.slice(6, 8)))) return false;
  return /^(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?$/.test(digits.slice(8));
}
