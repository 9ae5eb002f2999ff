import type { SessionEffects, SqlAction, SqlFacts, SqlOperation, Statement } from '../statement.ts';
import type { CatalogRelation } from './catalog.ts';
import type { NameResolver, ResolvedRelation } from './name-resolver.ts';
import { closureOf } from './relation-closure.ts';

/** Facts of one operation while they are collected. */
export class OperationBuilder {
  readonly action: SqlAction;
  readonly command: string;
  readonly objectKind: string;
  readonly reads: Set<string> = new Set();
  readonly writes: Set<string> = new Set();
  readonly columns: Set<string> = new Set();
  readonly functions: Set<string> = new Set();
  readonly objects: Set<string> = new Set();
  hasWhere = true;
  /** Whether any query level has had its say about `hasWhere`. */
  hasLevels = false;
  limit = -1;
  bulk = false;
  opaque = false;
  ambiguous = false;

  constructor(action: SqlAction, command: string, objectKind: string) {
    this.action = action;
    this.command = command;
    this.objectKind = objectKind;
  }

  /** Notes one query level that reads or changes a relation. */
  level(hasWhere: boolean): void {
    this.hasLevels = true;
    if (!hasWhere) this.hasWhere = false;
  }

  build(): SqlOperation {
    const facts: SqlFacts = {
      command: this.command,
      reads: [...this.reads],
      writes: [...this.writes],
      relations: [...new Set([...this.reads, ...this.writes])],
      columns: [...this.columns],
      functions: [...this.functions],
      objectKind: this.objectKind,
      objects: [...this.objects],
      hasWhere: this.hasLevels && this.hasWhere,
      limit: this.limit,
      bulk: this.bulk,
      opaque: this.opaque,
      ambiguous: this.ambiguous,
    };
    return { action: this.action, facts };
  }
}

/** A statement that leaves the session as it was. */
export const NO_EFFECTS: SessionEffects = {
  searchPath: undefined,
  searchPathIsLocal: false,
  catalogChanged: false,
  created: [],
  prepares: undefined,
  deallocates: undefined,
  declares: undefined,
  executes: undefined,
  fetches: undefined,
};

type Created = SessionEffects['created'][number];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a whole text needs in common: names, and what is reported once for all statements. */
export interface TextContext {
  /** As they are for the statement at hand: earlier ones in the text may have changed them. */
  names: NameResolver;
  /** Names the catalog does not know. */
  readonly unresolved: Set<string>;
  /** Set once a constant had a say in what is reported. */
  dependsOnLiterals: boolean;
}

/** Collects the operations and session effects of one statement. */
export class StatementBuilder {
  readonly text: TextContext;
  readonly effects: Mutable<SessionEffects> & { created: Created[] } = {
    ...NO_EFFECTS,
    created: [],
  };
  copy: 'in' | 'out' | undefined;
  readonly #operations = new Map<string, OperationBuilder>();

  constructor(text: TextContext) {
    this.text = text;
  }

  get names(): NameResolver {
    return this.text.names;
  }

  /** The operation of that action (and kind of object): one per statement, however often its parts occur. */
  operation(action: SqlAction, command: string, objectKind = ''): OperationBuilder {
    const key = `${action} ${objectKind}`;
    let operation = this.#operations.get(key);
    if (operation === undefined) {
      operation = new OperationBuilder(action, command, objectKind);
      this.#operations.set(key, operation);
    }
    return operation;
  }

  /** Resolves a relation, and notes what went wrong with that in `operation`. */
  resolve(operation: OperationBuilder, schema: string | undefined, name: string): ResolvedRelation {
    const resolved = this.names.relation(schema, name);
    if (resolved.isAmbiguous) operation.ambiguous = true;
    if (resolved.isUnresolved)
      this.text.unresolved.add(schema === undefined ? name : `${schema}.${name}`);
    return resolved;
  }

  /** Adds a relation, and all that lies beneath and beside it, to what the operation reads or writes. */
  use(
    operation: OperationBuilder,
    into: 'reads' | 'writes',
    resolved: ResolvedRelation,
    withDescendants: boolean,
  ): void {
    for (const name of resolved.names) operation[into].add(name);
    for (const known of resolved.known) {
      const closure = closureOf(this.names.catalog, known, withDescendants);
      for (const name of closure.names) operation[into].add(name);
      for (const relation of closure.relations) this.#noteCode(operation, relation, into);
    }
  }

  /** The session may be in any state afterwards. */
  loseTrack(): void {
    this.effects.searchPath = 'unknown';
    this.effects.searchPathIsLocal = false;
    this.effects.catalogChanged = true;
  }

  build(start: number, length: number): Statement {
    const operations = [...this.#operations.values()].map((operation) => operation.build());
    if (operations.some((operation) => operation.facts.opaque)) this.loseTrack();
    return { operations, effects: { ...this.effects }, start, length, copy: this.copy };
  }

  #noteCode(
    operation: OperationBuilder,
    relation: CatalogRelation,
    into: 'reads' | 'writes',
  ): void {
    if (into === 'writes' && relation.hasHiddenCode) this.loseTrack();
    for (const name of relation.functions) {
      operation.functions.add(name);
      if (!this.names.isAllowed(name)) operation.opaque = true;
    }
    // Its update rule calls set_config() with whatever the row says.
    if (into === 'writes' && relation.name === 'pg_settings' && relation.schema === 'pg_catalog') {
      operation.opaque = true;
      this.operation('sql.set', 'SET').objects.add('pg_settings');
      this.operation('sql.set-lexing', 'SET').objects.add('pg_settings');
      this.operation('sql.set-role', 'SET').objects.add('pg_settings');
    }
  }
}
