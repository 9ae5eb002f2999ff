import {
  createCipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const CIPHER = 'aes-256-ctr';
const KEY_BYTES = 32;
const IV_BYTES = 16;
const IV_KEY = createSecretKey(randomBytes(KEY_BYTES));
const TEXT_KEY = createSecretKey(randomBytes(KEY_BYTES));

/**
 * A text that only this process reads, the same for the same text: its initialization vector is a code of it, as in
 * RFC 5297.
 *
 * @param text Latin-1.
 * @param context What it is good for.
 * @returns base64url.
 */
export function sealText(text: string, context: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const iv = codeOf(bytes, context);
  return Buffer.concat([iv, encrypt(iv, bytes)]).toString('base64url');
}

/** Undefined if it was sealed by another process, for another context or not at all. */
export function openSealedText(sealed: string, context: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES) return undefined;
  const iv = bytes.subarray(0, IV_BYTES);
  const text = encrypt(iv, bytes.subarray(IV_BYTES));
  return timingSafeEqual(codeOf(text, context), iv) ? text.toString('latin1') : undefined;
}

function codeOf(text: Buffer, context: string): Buffer {
  return createHmac('sha256', IV_KEY)
    .update(`${context}\0`)
    .update(text)
    .digest()
    .subarray(0, IV_BYTES);
}

/** Decrypts, too. */
function encrypt(iv: Buffer, bytes: Buffer): Buffer {
  return createCipheriv(CIPHER, TEXT_KEY, iv).update(bytes);
}
