import { isUtf8 } from 'node:buffer';

/** RFC 3454, table C.1.2: spaces that become the plain one. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

/** RFC 3454, table B.1: characters that vanish. */
const MAPPED_TO_NOTHING =
  /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/** Roughly RFC 3454, tables C.2 to C.9 and A.1: controls, private use, surrogates, unassigned. */
const PROHIBITED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\ufffc\ufffd\u2ff0-\u2ffb]/u;

/**
 * Prepares a password for SCRAM as PostgreSQL does: by SASLprep, or as it is where SASLprep does not
 * allow it or it is not UTF-8.
 *
 * NOTE: Uses the Unicode of this runtime, not 3.2, and does not check the direction of text. A
 * password that mixes right-to-left and left-to-right letters is normalised here and not there; if
 * its NFKC form differs from the original, the login fails.
 *
 * @see RFC 4013; `pg_saslprep` in src/common/saslprep.c
 */
export function prepareScramPassword(password: Buffer): Buffer {
  if (!isUtf8(password)) return password;
  const text = password.toString('utf8');
  if (/^[\x20-\x7e]*$/.test(text)) return password;
  const prepared = text
    .replaceAll(OTHER_SPACES, ' ')
    .replaceAll(MAPPED_TO_NOTHING, '')
    .normalize('NFKC');
  if (prepared === '' || PROHIBITED.test(prepared)) return password;
  return Buffer.from(prepared, 'utf8');
}
