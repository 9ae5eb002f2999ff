/**
 * Shapes of text that masks understand, as regular expressions that mean the same in PostgreSQL ("advanced" ones, under the
 * collation C) and in JavaScript. No backslashes, for how string literals read them is a setting; no `.`, which differs at line ends.
 *
 * Each is anchored on both sides: a value that only begins like a date is not one, and is redacted.
 */

/** ZIP or ZIP+4. */
export const ZIP_SHAPE = '^[0-9]{5}(?:-?[0-9]{4})?$';

/** Characters of the longest. */
export const ZIP_BYTES_MAX = 10;

/** One `@`, something before it, a host name with a dot in it after it. */
export const EMAIL_SHAPE = '^[^@]+@[A-Za-z0-9-]+[.][A-Za-z0-9.-]+$';

/** Four decimal numbers, with or without a prefix length. */
export const IPV4_SHAPE = '^(?:[0-9]{1,3}[.]){3}[0-9]{1,3}(?:/[0-9]{1,2})?$';

/** Eight groups, or fewer with `::`; a MAC address is neither. */
export const IPV6_SHAPE =
  '^(?:(?:[0-9A-Fa-f]{1,4}:){6,7}[0-9A-Fa-f.]{1,15}|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::[0-9A-Fa-f:.]{0,39})(?:%[0-9A-Za-z]{1,15})?(?:/[0-9]{1,3})?$';
/** The first 48 bits, as far as they are written before `::`. */
export const IPV6_NETWORK = '^[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,2}';

/** `45`, `45y`, `45 yrs`, `45 years old`. */
export const AGE_SHAPE =
  '^[0-9]{1,3}(?: ?[Yy](?:[Oo]|[Rr][Ss]?|[Ee][Aa][Rr][Ss]?)?(?: [Oo][Ll][Dd])?)?$';
export const AGE_NUMBER = '^[0-9]{1,3}';

/** The year comes first: `1984`, `1984-05`, `1984/5/12`, `1984-05-12T10:00:00Z`, `19840512`, `19840512101530-0500` (HL7). */
export const YEAR_FIRST_SHAPE =
  '^[12][0-9]{3}(?:[-/.][01]?[0-9](?:[-/.][0-3]?[0-9](?:[T ][0-9:.,+Zz -]*)?)?|[01][0-9](?:[0-3][0-9](?:[T ]?[0-2][0-9][0-5][0-9](?:[0-5][0-9](?:[.][0-9]+)?)?(?:[+-][0-9]{4}|Z)?)?)?)?$';

/** The year comes last, or before a time: `05/12/1984`, `12.5.1984`, `12-May-1984`, `May 12th, 1984`, `5/12/1984 10:00 PM`. Its group is the year. */
export const YEAR_LAST_SHAPE =
  '^(?:[A-Za-z]{3,9},? )?(?:[0-3]?[0-9][-/. ](?:[0-3]?[0-9]|[A-Za-z]{3,9})[-/. ,]{1,2}|[A-Za-z]{3,9}[.]? [0-3]?[0-9](?:st|nd|rd|th)?,? )([12][0-9]{3})(?:[T ,]{1,2}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?: ?[AaPp][Mm])?)?$';

/** No value of these shapes is longer, in bytes; what is, is redacted without a look. */
export const SHAPE_BYTES_MAX = 320;
