import { createHash } from 'node:crypto';
import type { MaskKeys, PseudonymKeys } from './pseudonym-keys.ts';

/** A text that has the form of a pseudonym of our own. */
export interface RecognisedPseudonym {
  readonly purpose: 'pseudonym' | 'vault';
  readonly version: number;
}

/** Bytes of the HMAC that a pseudonym shows, as twice as many hexadecimal digits. */
export const PSEUDONYM_BYTES = 8;

/** Characters of the longest pseudonym: `ps99_` and the digits. Narrower columns get digits alone. */
const FORM: RegExp = /^(ps|vt)([1-9][0-9]?)_[0-9a-f]{16}$/;
const PURPOSES = { ps: 'pseudonym', vt: 'vault' } as const;

/** What pseudonyms and vault tokens begin with: `ps1_`, `vt1_`. */
export function pseudonymPrefix({ purpose, version }: PseudonymKeys): string {
  return `${purpose === 'vault' ? 'vt' : 'ps'}${version}_`;
}

/** HMAC-SHA-256 of the UTF-8 bytes of a value: 32 bytes. */
export function computeHmac(value: string, { innerBlock, outerBlock }: PseudonymKeys): Buffer {
  const inner = createHash('sha256').update(innerBlock).update(value, 'utf8').digest();
  return createHash('sha256').update(outerBlock).update(inner).digest();
}

/** The pseudonym of a text: equal texts get equal ones within a domain and key version. */
export function pseudonymise(value: string, keys: PseudonymKeys): string {
  const digits = computeHmac(value, keys).toString('hex', 0, PSEUDONYM_BYTES);
  return pseudonymPrefix(keys) + digits;
}

/**
 * Whether a text has the form of a pseudonym or vault token of these keys' version; needs no database.
 *
 * NOTE: the form is all there is to see. Whether some value has this pseudonym, only the data can tell.
 */
export function recognisePseudonym(text: string, keys: MaskKeys): RecognisedPseudonym | undefined {
  const match = FORM.exec(text);
  if (match === null || Number(match[2]) !== keys.version) return undefined;
  const purpose = match[1] === 'vt' ? PURPOSES.vt : PURPOSES.ps;
  return { purpose, version: keys.version };
}
