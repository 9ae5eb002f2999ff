/**
 * The store cannot be started, reached or brought up to date.
 *
 * The message says what and names files of ours; it never quotes a connection string or data.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code = 'ERR_STORE';
}
