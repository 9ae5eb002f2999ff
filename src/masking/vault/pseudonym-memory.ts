/**
 * Knows what the pseudonyms stand for that were handed out, so that clients can search by them. Pseudonyms tell their
 * domain and version by themselves: no two values have the same.
 */
export interface PseudonymMemory {
  /** A pseudonym is about to be shown. It is stored soon after, by itself. */
  remember(pseudonym: string, value: string): void;
  /** Undefined: not in memory; null: none that was ever handed out. */
  find(pseudonym: string): string | null | undefined;
  /**
   * The values of pseudonyms; null for what was never handed out.
   *
   * @throws If the store cannot be asked.
   */
  load(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
}
