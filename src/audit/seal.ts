import type { EntryFields, LedgerPort } from './ledger-port.ts';

/** An entry could not be made durable, so what it is about must not happen. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code = 'ERR_SEAL';

  constructor(kind: string, options?: ErrorOptions) {
    super(`Cannot seal ${kind}: the ledger does not take it`, options);
  }
}

/**
 * Resolves once an entry is on stable storage.
 *
 * @throws {SealError} If it could not be put there.
 */
export function seal(ledger: LedgerPort, entry: EntryFields): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  ledger.append(entry, 'sealed', (cause) =>
    cause === undefined ? resolve() : reject(new SealError(entry.kind, { cause })),
  );
  return promise;
}
