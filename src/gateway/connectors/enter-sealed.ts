import type { EntryFields, LedgerPort } from '../../audit/ledger-port.ts';

/** Enters something, and resolves once it is on stable storage. */
export function enterSealed(ledger: Pick<LedgerPort, 'append'>, entry: EntryFields): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(entry, 'sealed', (error) => (error === undefined ? resolve() : reject(error)));
  });
}
