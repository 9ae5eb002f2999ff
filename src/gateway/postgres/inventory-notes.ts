import type { LedgerPort } from '../../audit/ledger-port.ts';
import { describeInventory } from '../../masking/describe-inventory.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';

/** Enters in the ledger what PHI the data map finds in a database, whenever that may have changed. */
export class InventoryNotes {
  readonly #ledger: LedgerPort;
  readonly #findMasking: (targetName: string) => TargetMasking | undefined;
  /** What was entered last, by target and database. */
  readonly #noted = new Map<string, string>();

  constructor(ledger: LedgerPort, findMasking: (targetName: string) => TargetMasking | undefined) {
    this.#ledger = ledger;
    this.#findMasking = findMasking;
  }

  /** A catalog was read. */
  note(target: string, database: string, catalog: Catalog): void {
    const classification = this.#findMasking(target)?.classify(catalog);
    if (classification === undefined) return;
    const inventory = describeInventory(catalog, classification);
    const key = JSON.stringify([target, database]);
    const text = JSON.stringify(inventory);
    if (this.#noted.get(key) === text) return;
    this.#noted.set(key, text);
    const entry = { kind: 'target.inventory', target, database, ...inventory } as const;
    // Nothing waits for it; what the ledger could not take is entered at the next change.
    this.#ledger.append(entry, 'written', (error) => {
      if (error !== undefined) this.#noted.delete(key);
    });
  }
}
