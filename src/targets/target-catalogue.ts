import type { Target } from './target.ts';

/**
 * What a client's database name leads to. A target that does not exist and a database that is not
 * permitted are the same answer, so that nobody can find out names by trying.
 */
export type TargetLookup =
  | { readonly kind: 'found'; readonly target: Target; readonly database: string }
  | { readonly kind: 'unknown' };

const UNKNOWN: TargetLookup = { kind: 'unknown' };

/** Bytes of a PostgreSQL identifier; a longer name could not have been created. */
const DATABASE_BYTES_MAX = 63;

/** The targets of one configuration. Immutable. */
export class TargetCatalogue {
  readonly #targets: ReadonlyMap<string, Target>;

  constructor(targets: readonly Target[]) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  /** In the order of the configuration. */
  get targets(): readonly Target[] {
    return [...this.#targets.values()];
  }

  /** By its own name, for what is not a connection. */
  findByName(name: string): Target | undefined {
    return this.#targets.get(name);
  }

  /**
   * Finds what a client asked for.
   *
   * @param name The client's database: `target` or `target/database`. On a listener that is bound to
   * a target it is a database of that target.
   * @param boundTo Name of the listener's target, if it has one.
   */
  find(name: string, boundTo?: string): TargetLookup {
    if (boundTo !== undefined) return this.#findDatabase(boundTo, name);
    const slash = name.indexOf('/');
    if (slash !== -1) return this.#findDatabase(name.slice(0, slash), name.slice(slash + 1));
    const target = this.#targets.get(name);
    return target === undefined ? UNKNOWN : { kind: 'found', target, database: target.database };
  }

  #findDatabase(targetName: string, database: string): TargetLookup {
    const target = this.#targets.get(targetName);
    if (target === undefined || !isPermitted(target, database)) return UNKNOWN;
    return { kind: 'found', target, database };
  }
}

function isPermitted(target: Target, database: string): boolean {
  if (database === target.database || target.databases.includes(database)) {
    return database !== '*';
  }
  return (
    target.databases.includes('*') &&
    database !== '' &&
    !database.includes('\0') &&
    Buffer.byteLength(database) <= DATABASE_BYTES_MAX
  );
}
