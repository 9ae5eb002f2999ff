import { hash } from 'node:crypto';
import type { HmacBlocks, PseudonymKeys } from './pseudonym-keys.ts';

/** Bytes of the HMAC that a pseudonym shows, as twice as many hexadecimal digits. */
export const PSEUDONYM_BYTES = 8;

/** What pseudonyms begin with, `ps1_`, and what the target makes of values that tokens stand for, `vk1_`. */
export function pseudonymPrefix({ purpose, version }: PseudonymKeys): string {
  return `${purpose === 'vault' ? 'vk' : 'ps'}${version}_`;
}

/** Bytes that SHA-256 takes in at a time, and gives. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer values are hashed in memory of their own. */
const VALUE_BYTES_MAX = 1024;
const UNIT_BYTES_MAX = 3;
/** Reused: what the blocks of a key are written in front of. */
const innerInput: Buffer = Buffer.alloc(BLOCK_BYTES + VALUE_BYTES_MAX);
const outerInput: Buffer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
/** Whose blocks stand there. */
let written: HmacBlocks | undefined;
/** By the bytes of a value, the part of the inner input that ends with it: to make one takes a tenth of all. */
const inputs: Buffer[] = [];

/** HMAC-SHA-256 of the UTF-8 bytes of a value: 32 bytes. By its definition: two hashes in one call each cost less, and strings of them less than buffers. */
export function computeHmac(value: string, keys: HmacBlocks): Buffer {
  return Buffer.from(hash('sha256', prepareOuter(value, keys), 'binary'), 'latin1');
}

/** Makes what the outer of the two hashes is of. */
function prepareOuter(value: string, keys: HmacBlocks): Buffer {
  if (keys !== written) {
    keys.innerBlock.copy(innerInput);
    keys.outerBlock.copy(outerInput);
    written = keys;
  }
  outerInput.write(hash('sha256', writeInner(value, keys), 'binary'), BLOCK_BYTES, 'binary');
  return outerInput;
}

function writeInner(value: string, { innerBlock }: HmacBlocks): Buffer {
  if (UNIT_BYTES_MAX * value.length > VALUE_BYTES_MAX) {
    return Buffer.concat([innerBlock, Buffer.from(value)]);
  }
  const bytes = innerInput.write(value, BLOCK_BYTES);
  inputs[bytes] ??= innerInput.subarray(0, BLOCK_BYTES + bytes);
  return inputs[bytes];
}

/** The pseudonym of a text: equal texts get equal ones within a domain and key version. */
export function pseudonymise(value: string, keys: PseudonymKeys): string {
  const digest = hash('sha256', prepareOuter(value, keys), 'hex');
  return pseudonymPrefix(keys) + digest.slice(0, 2 * PSEUDONYM_BYTES);
}

/** `ps99_` and the digits. Narrower columns get digits alone, which look like any others. */
const ANYWHERE = /(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}/gu;

/**
 * How many different texts in `sent` have the form of a pseudonym or vault token, of any version.
 *
 * NOTE: the form is all there is to see. Whether some value has this pseudonym, only the data can tell.
 */
export function countPseudonyms(sent: string): number {
  const found = sent.match(ANYWHERE);
  return found === null ? 0 : new Set(found).size;
}

const WHOLE = /^(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}$/u;

const WHOLE_LENGTH_MAX = 21;

/** Whether a text has the form of a pseudonym or vault token, of any version. */
export function isStandIn(text: string): boolean {
  return text.length <= WHOLE_LENGTH_MAX && WHOLE.test(text);
}
