/** What callers need of the ledger; `audit/ledger.ts` provides it over segment files. */
export interface LedgerPort {
  /**
   * Encodes and enqueues one entry. Synchronous. `sealed` calls back once the entry is on stable
   * storage (group commit); `written` once write(2) took it (same turn of the event loop), flushed within 50 ms.
   * The callback gets an error when the entry could not be made durable: the operation must not happen.
   */
  append(
    entry: EntryFields,
    mode: 'sealed' | 'written',
    done: (error: Error | undefined) => void,
  ): void;
  /** `failing` refuses new sessions and operations; recovers by itself. */
  readonly health: 'healthy' | 'slow' | 'failing';
}

/** Fields of an entry beside those that the ledger adds (`v`, `seq`, `at`, `prev`). Values are JSON. */
export interface EntryFields {
  readonly kind: EntryKind;
  /** Groups the entries of one session; each numbers and chains its own. */
  readonly session?: string;
  readonly [field: string]: unknown;
}

export type EntryKind =
  | 'gateway.start'
  | 'gateway.stop'
  | 'configuration.apply'
  | 'sign-in'
  | 'sign-in.refuse'
  | 'session.start'
  | 'session.refuse'
  | 'session.end'
  | 'operation'
  | 'operation.refuse'
  | 'recording.chunk'
  | 'recording.limit'
  | 'recording.watch'
  | 'token.issue'
  | 'token.revoke'
  | 'cancel';
