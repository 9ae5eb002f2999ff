/** Tells the failures of keys apart; `switch` over it. */
export type EncryptionErrorCode =
  /** What holds the key does not answer, or the disk does not. Try again later. */
  | 'ERR_KEY_UNAVAILABLE'
  /** A key does not open what it is said to have wrapped: another key, another place, or changed bytes. */
  | 'ERR_KEY_REFUSED'
  /** The key was destroyed on purpose: nothing more is encrypted or read with it. */
  | 'ERR_KEY_DESTROYED';

/** A key could not be had. The message names files, days and services, never a key. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';
  readonly code: EncryptionErrorCode;

  constructor(code: EncryptionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
