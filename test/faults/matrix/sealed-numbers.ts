import assert from 'node:assert/strict';
import path from 'node:path';
import type { LogPlace } from '../../../src/audit/entry-source.ts';
import { LedgerEntrySource } from '../../../src/audit/ledger-entry-source.ts';
import { openContentKeys } from '../../../src/cli/open-content-keys.ts';

const NUMBERED = /^INSERT INTO executed VALUES \((\d+)\)$/;

/** The numbers of the statements that a ledger let through, read on as it grows: in each session as they were sent. */
export class SealedNumbers {
  readonly #ledgerDirectory: string;
  readonly #places = new Map<string, LogPlace>();
  /** By session: the last number that was read. */
  readonly #last = new Map<string, number>();
  readonly numbers: Set<number> = new Set();

  constructor(ledgerDirectory: string) {
    this.#ledgerDirectory = ledgerDirectory;
  }

  /** @throws {AssertionError} If a session's statements are in another order than its client sent them in. */
  async readOn(): Promise<void> {
    const keys = await openContentKeys(path.dirname(this.#ledgerDirectory));
    const source = new LedgerEntrySource(this.#ledgerDirectory, keys);
    for (const log of await source.listLogs()) {
      for await (const { entry, content, place } of source.readOn(log, this.#places.get(log))) {
        this.#places.set(log, place);
        if (entry.kind !== 'operation' || content.state !== 'open') continue;
        const number = Number(NUMBERED.exec(String(content.fields['text']))?.[1]);
        if (Number.isInteger(number)) this.#add(String(entry.session), number);
      }
    }
  }

  #add(session: string, number: number): void {
    const before = this.#last.get(session) ?? 0;
    assert(before < number, `statement ${number} of session ${session} comes after ${before}`);
    this.#last.set(session, number);
    this.numbers.add(number);
  }
}
