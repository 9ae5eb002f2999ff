/** Tells the failures of the ledger apart; `switch` over it. */
export type LedgerErrorCode =
  /** The disk does not take entries just now. Refuse the operation; the ledger recovers by itself. */
  | 'ERR_LEDGER_UNAVAILABLE'
  /** The entry cannot be stored even with its text cut away. */
  | 'ERR_LEDGER_ENTRY'
  /** The files contradict themselves or a checkpoint. Nothing is appended to such a log. */
  | 'ERR_LEDGER_CORRUPT'
  /** The files are of a version of Sallyport that writes another format. Nothing was changed. */
  | 'ERR_LEDGER_FORMAT'
  /** Another living process writes this log. */
  | 'ERR_LEDGER_LOCKED';

/** The ledger could not do what it was asked. The message names files and positions, never content. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;
  /** The entry was refused, and stands in the log all the same once the disk takes entries again. */
  readonly isEntered: boolean;

  constructor(
    code: LedgerErrorCode,
    message: string,
    options?: ErrorOptions & { readonly isEntered?: boolean },
  ) {
    super(message, options);
    this.code = code;
    this.isEntered = options?.isEntered ?? false;
  }
}

/** Whether an entry could not be made durable because there is more in it than an entry may have: it never will be. */
export function isTooLong(error: Error): boolean {
  return error instanceof LedgerError && error.code === 'ERR_LEDGER_ENTRY';
}

/** What callers are told while the ledger takes no entries. @param isEntered See `LedgerError`. */
export function unavailable(cause: Error | undefined, isEntered = false): LedgerError {
  const message = 'Cannot append entry: the disk does not take it';
  return new LedgerError('ERR_LEDGER_UNAVAILABLE', message, { cause, isEntered });
}

/** The system's name for an error, such as `EIO`. */
export function codeOf(error: Error | undefined): string | undefined {
  const code: unknown = error !== undefined && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
