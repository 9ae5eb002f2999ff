/** What a transaction of the fake server may change. */
interface NamesNow {
  readonly path: readonly string[];
  /** What the path is once the transaction is committed. */
  readonly lastingPath: readonly string[];
  /** `schema.name` of what is not in `public`; of a view, that of what it reads. */
  readonly relations: ReadonlyMap<string, string | undefined>;
  /** There is a schema of temporary tables, which comes first: it stays when they go. */
  readonly hasTemporary: boolean;
}

/** What a text was found to read or write. */
interface Resolved {
  readonly pathKey: string;
  readonly epoch: number;
  readonly relations: readonly string[];
}

const PUBLIC: readonly string[] = ['public'];
const TEMPORARY = 'pg_temp';

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
    const tables = new Map(relations.map((relation) => [relation, undefined]));
    this.#now = { path: PUBLIC, lastingPath: PUBLIC, relations: tables, hasTemporary: false };
    this.#committed = this.#now;
  }

  get path(): readonly string[] {
    return this.#now.path;
  }

  /** As other sessions see them. */
  get committedRelations(): readonly string[] {
    const { relations } = this.#committed;
    return [...relations.keys()].filter((relation) => !isTemporary(relation));
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
    const pathKey = this.#searched.join();
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

  /**
   * False if it is there already, or what it reads is not.
   *
   * @param reads Of a view.
   */
  create(relation: string, reads?: string): boolean {
    const { relations, hasTemporary } = this.#now;
    if (relations.has(relation) || (reads !== undefined && !relations.has(reads))) return false;
    this.#now = {
      ...this.#now,
      relations: new Map(relations).set(relation, reads),
      hasTemporary: hasTemporary || isTemporary(relation),
    };
    return true;
  }

  /** False if there is none, or a view that reads it may not go with it. */
  drop(relation: string, isCascading: boolean): boolean {
    const { relations } = this.#now;
    const views = [...relations].filter(([, reads]) => reads === relation);
    if (!relations.has(relation) || (views.length > 0 && !isCascading)) return false;
    this.#keep([...relations].filter(([name, reads]) => name !== relation && reads !== relation));
    return true;
  }

  /** Gives it another name, or another schema. False if there is none, or that name is taken. */
  move(relation: string, to: string): boolean {
    const { relations } = this.#now;
    if (!relations.has(relation) || relations.has(to)) return false;
    const renamed = (name: string): string => (name === relation ? to : name);
    this.#keep([...relations].map(([name, reads]) => [renamed(name), reads && renamed(reads)]));
    return true;
  }

  /** What has read anything that is gone is looked up again. */
  #keep(relations: readonly (readonly [string, string | undefined])[]): void {
    this.#now = { ...this.#now, relations: new Map(relations) };
    this.#epoch += 1;
  }

  endTransaction(isCommitted: boolean): void {
    const { relations, lastingPath, hasTemporary } = this.#now;
    if (isCommitted) {
      this.#committed = { relations, path: lastingPath, lastingPath, hasTemporary };
    } else if ([...relations.keys()].some((one) => !this.#committed.relations.has(one))) {
      this.#epoch += 1;
    }
    this.#now = this.#committed;
  }

  /** The path as the server goes through it. */
  get #searched(): readonly string[] {
    return this.#now.hasTemporary ? [TEMPORARY, ...this.path] : this.path;
  }

  #findOne(name: string): string | undefined {
    return this.#searched
      .map((schema) => `${schema}.${name}`)
      .find((one) => one.startsWith('public.') || this.#now.relations.has(one));
  }
}

function isTemporary(relation: string): boolean {
  return relation.startsWith(`${TEMPORARY}.`);
}
