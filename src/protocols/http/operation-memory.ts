import type { HttpOperation } from './http-operation.ts';

/** Requests that are remembered, for the sake of the decision cache. */
const OPERATIONS_MAX = 2_048;
/** Characters of a request that is remembered. */
const KEY_LENGTH_MAX = 2_048;

/** Gives the same operation for the same request, as far as it remembers. */
export class OperationMemory {
  readonly #operations = new Map<string, HttpOperation>();

  /** @param key All that the operation is made of. */
  recall(key: string, describe: () => HttpOperation): HttpOperation {
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const operation = describe();
    if (key.length > KEY_LENGTH_MAX) return operation;
    if (this.#operations.size >= OPERATIONS_MAX) this.#forgetOldest();
    this.#operations.set(key, operation);
    return operation;
  }

  #forgetOldest(): void {
    for (const key of this.#operations.keys()) {
      this.#operations.delete(key);
      return;
    }
  }
}
