import path from 'node:path';
import type { LogPlace } from '../../../src/audit/entry-source.ts';
import { LedgerEntrySource } from '../../../src/audit/ledger-entry-source.ts';
import { openContentKeys } from '../../../src/cli/open-content-keys.ts';

const NUMBERED = /^INSERT INTO executed VALUES \((\d+)\)$/;

/** The numbers of the statements that a ledger let through, read on as it grows. */
export class SealedNumbers {
  readonly #ledgerDirectory: string;
  readonly #places = new Map<string, LogPlace>();
  readonly numbers: Set<number> = new Set();

  constructor(ledgerDirectory: string) {
    this.#ledgerDirectory = ledgerDirectory;
  }

  async readOn(): Promise<void> {
    const keys = await openContentKeys(path.dirname(this.#ledgerDirectory));
    const source = new LedgerEntrySource(this.#ledgerDirectory, keys);
    for (const log of await source.listLogs()) {
      for await (const { entry, content, place } of source.readOn(log, this.#places.get(log))) {
        this.#places.set(log, place);
        if (entry.kind !== 'operation' || content.state !== 'open') continue;
        const number = NUMBERED.exec(String(content.fields['text']))?.[1];
        if (number !== undefined) this.numbers.add(Number(number));
      }
    }
  }
}
