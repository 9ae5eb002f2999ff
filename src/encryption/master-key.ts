/**
 * The one key that wraps all others. It may live in a file, or in a service that never gives it out.
 *
 * `purpose` says what the wrapped key is for, such as `content 2026-11-21`. It is authenticated: a key that
 * somebody moved to another place does not open there.
 */
export interface MasterKey {
  /** Where the key lives, for people; nothing secret. */
  readonly description: string;
  /**
   * @param key 32 bytes.
   * @returns One line of printable ASCII that says which key opens it.
   * @throws {EncryptionError} `ERR_KEY_UNAVAILABLE`.
   */
  wrap(key: Buffer, purpose: string): Promise<string>;
  /**
   * @returns 32 bytes.
   * @throws {EncryptionError} `ERR_KEY_UNAVAILABLE`, `ERR_KEY_REFUSED`.
   */
  unwrap(wrapped: string, purpose: string): Promise<Buffer>;
}
