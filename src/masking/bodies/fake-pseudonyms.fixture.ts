import type { PseudonymMemory } from '../vault/pseudonym-memory.ts';

/** A memory of pseudonyms without a store: what is not in memory has to be loaded. */
export class FakePseudonyms implements PseudonymMemory {
  readonly values: Map<string, string> = new Map();
  /** Has in memory nothing, or all. */
  isForgetful = false;

  remember(pseudonym: string, value: string): void {
    this.values.set(pseudonym, value);
  }

  find(pseudonym: string): string | undefined {
    return this.isForgetful ? undefined : this.values.get(pseudonym);
  }

  load(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return Promise.resolve(
      new Map(pseudonyms.map((pseudonym) => [pseudonym, this.values.get(pseudonym) ?? null])),
    );
  }
}
