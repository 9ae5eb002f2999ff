/** Of a transaction block that the client opened. */
export type TransactionStatus = 'none' | 'open' | 'failed';

/** Follows whether a session is in a transaction block. */
export class TransactionBlock {
  #status: TransactionStatus = 'none';
  /** What was forwarded behind the last Sync or Query may have done to the transaction. */
  #since: 'nothing' | 'begun' | 'unknown' = 'nothing';
  #number = 0;

  /** As of the last ReadyForQuery. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** Whether nothing but its end, or a way back to a savepoint, is left to the block. Only if it is certain. */
  get hasFailed(): boolean {
    return this.#since === 'nothing' && this.#status === 'failed';
  }

  /** Counts the ends of blocks, as the server reports them. */
  get number(): number {
    return this.#number;
  }

  /** Whether a block is open once everything forwarded was answered without an error. Only if it is certain. */
  get isOpen(): boolean {
    if (this.#since === 'begun') return true;
    return this.#since === 'nothing' && this.#status === 'open';
  }

  /**
   * Something is about to be forwarded.
   *
   * @param what `nothing` for what ReadyForQuery answers, which then tells everything.
   */
  expect(what: 'nothing' | 'begun' | 'unknown'): void {
    this.#since = what;
  }

  /** ReadyForQuery came. */
  ready(isInTransaction: boolean, hasFailed: boolean): void {
    this.#status = hasFailed ? 'failed' : isInTransaction ? 'open' : 'none';
    if (!isInTransaction) this.#number += 1;
  }
}
