/** What a transaction of the fake server may change. */
interface NamesNow {
  readonly path: readonly string[];
  /** What the path is once the transaction is committed. */
  readonly lastingPath: readonly string[];
  /** `schema.name` of what is not in `public`. */
  readonly relations: ReadonlySet<string>;
}

/** What a text was found to read or write. */
interface Resolved {
  readonly pathKey: string;
  readonly epoch: number;
  readonly relations: readonly string[];
}

const PUBLIC: readonly string[] = ['public'];

/**
 * For tests: the schemas and the search path of a fake server, and what it takes names for, which it looks up
 * again as PostgreSQL does: when the path is another, or something that was there is gone.
 */
export class FakeNames {
  #now: NamesNow;
  #committed: NamesNow;
  /** Counts what makes the server forget all that it has looked up. */
  #epoch = 0;
  readonly #resolved = new Map<string, Resolved>();

  /** @param relations `schema.name`; every name may be in `public`. */
  constructor(relations: readonly string[]) {
    this.#now = { path: PUBLIC, lastingPath: PUBLIC, relations: new Set(relations) };
    this.#committed = this.#now;
  }

  get path(): readonly string[] {
    return this.#now.path;
  }

  /** As other sessions see them. */
  get committedRelations(): ReadonlySet<string> {
    return this.#committed.relations;
  }

  /** What a text means that is looked up now. Undefined if there is no such relation. */
  find(text: string): readonly string[] | undefined {
    const found = [...text.matchAll(/(?:FROM|TRUNCATE) (\w+)/gu)].map(([, name]) =>
      this.#findOne(name ?? ''),
    );
    return found.every((one) => one !== undefined) ? found : undefined;
  }

  /** What the text of a prepared statement means, which may have been looked up before. */
  findPrepared(statement: string, text: string): readonly string[] | undefined {
    const pathKey = this.path.join();
    const known = this.#resolved.get(statement);
    if (known?.pathKey === pathKey && known.epoch === this.#epoch) return known.relations;
    const relations = this.find(text);
    if (relations === undefined) return undefined;
    this.#resolved.set(statement, { pathKey, epoch: this.#epoch, relations });
    return relations;
  }

  /** There is another prepared statement by that name, or none. */
  forget(statement: string): void {
    this.#resolved.delete(statement);
  }

  setPath(path: readonly string[], isLocal: boolean): void {
    const { lastingPath } = this.#now;
    this.#now = { ...this.#now, path, lastingPath: isLocal ? lastingPath : path };
  }

  /** False if it is there already. */
  create(relation: string): boolean {
    const { relations } = this.#now;
    this.#now = { ...this.#now, relations: new Set(relations).add(relation) };
    return !relations.has(relation);
  }

  /** False if there is none. */
  drop(relation: string): boolean {
    const relations = new Set(this.#now.relations);
    const isThere = relations.delete(relation);
    this.#now = { ...this.#now, relations };
    if (isThere) this.#epoch += 1;
    return isThere;
  }

  endTransaction(isCommitted: boolean): void {
    const { relations, lastingPath } = this.#now;
    if (isCommitted) {
      this.#committed = { relations, path: lastingPath, lastingPath };
    } else if ([...relations].some((one) => !this.#committed.relations.has(one))) {
      this.#epoch += 1;
    }
    this.#now = this.#committed;
  }

  #findOne(name: string): string | undefined {
    return this.path
      .map((schema) => `${schema}.${name}`)
      .find((one) => one.startsWith('public.') || this.#now.relations.has(one));
  }
}
