/**
 * What one SQL statement can do, protocol-neutral enough for policy and ledger.
 *
 * The actions, in the groups that the Cedar schema gives them:
 * - `sql.read`: select, copy-out, explain, show
 * - `sql.write`: insert, update, delete, merge, copy-in, truncate
 * - `sql.schema`: create, alter, drop, comment
 * - `sql.admin`: grant, revoke, system, maintenance, lock
 * - `sql.code`: call, do, function-call, copy-program, copy-file
 * - `sql.session`: set, transaction, prepare, execute, deallocate, declare, fetch, close, listen, notify, unlisten, discard
 * - in no group: set-role, set-lexing (changes how text is read), large-object, replication, unknown
 */
export type SqlAction =
  | 'sql.select'
  | 'sql.copy-out'
  | 'sql.explain'
  | 'sql.show'
  | 'sql.insert'
  | 'sql.update'
  | 'sql.delete'
  | 'sql.merge'
  | 'sql.copy-in'
  | 'sql.truncate'
  | 'sql.create'
  | 'sql.alter'
  | 'sql.drop'
  | 'sql.comment'
  | 'sql.grant'
  | 'sql.revoke'
  | 'sql.system'
  | 'sql.maintenance'
  | 'sql.lock'
  | 'sql.call'
  | 'sql.do'
  | 'sql.function-call'
  | 'sql.copy-program'
  | 'sql.copy-file'
  | 'sql.set'
  | 'sql.transaction'
  | 'sql.prepare'
  | 'sql.execute'
  | 'sql.deallocate'
  | 'sql.declare'
  | 'sql.fetch'
  | 'sql.close'
  | 'sql.listen'
  | 'sql.notify'
  | 'sql.unlisten'
  | 'sql.discard'
  | 'sql.set-role'
  | 'sql.set-lexing'
  | 'sql.large-object'
  | 'sql.replication'
  | 'sql.unknown';

/** Facts of one operation of a statement. Relation names are `schema.name` as the server would resolve them. */
export interface SqlFacts {
  /** Command tag as the server would print it, for people: `SELECT`, `DROP TABLE`. */
  readonly command: string;
  /** Relations read (for `sql.lock`: locked): named ones, and what lies beneath views, parents and children of those. */
  readonly reads: readonly string[];
  /** Relations changed, with their parents and children. */
  readonly writes: readonly string[];
  /** Union of `reads` and `writes`. */
  readonly relations: readonly string[];
  /** Columns named, `schema.table.column`; `schema.table.*` for a whole row. Over-approximated when unclear. */
  readonly columns: readonly string[];
  /** Functions called, `schema.name`; several candidates when overloads live in several schemas. */
  readonly functions: readonly string[];
  /** For DDL, grant and comment: `table`, `index`, `role`, …; empty otherwise. */
  readonly objectKind: string;
  /** For DDL: the objects, qualified where the statement's path resolves them. For `sql.set`: the setting's lower-case name. */
  readonly objects: readonly string[];
  /** Every query level of this action that names a relation has a WHERE (a MERGE: always). */
  readonly hasWhere: boolean;
  /** A constant LIMIT / FETCH FIRST of the outermost query, or -1. */
  readonly limit: number;
  /** Reads or changes many rows of a relation outside the system schemas: no restriction on a unique key. */
  readonly bulk: boolean;
  /**
   * Can do what the text does not show: user code, dynamic SQL, files, programs, a prepared statement or cursor that the
   * session holds (see `withHeldStatement`).
   */
  readonly opaque: boolean;
  /** A relation's name could not be resolved with certainty; `relations` then holds every candidate. */
  readonly ambiguous: boolean;
}

export interface SqlOperation {
  readonly action: SqlAction;
  readonly facts: SqlFacts;
}

/** What a statement changes in the session, so that the gateway can follow. */
export interface SessionEffects {
  /** `SET search_path`: literal value(s) set, or 'unknown' when it may have changed in a way we cannot read. */
  readonly searchPath: readonly string[] | 'unknown' | undefined;
  /** `SET LOCAL search_path` and `set_config(…, true)`: the old path returns when the transaction ends. */
  readonly searchPathIsLocal: boolean;
  /** DDL or opaque: objects may have appeared, moved or vanished. */
  readonly catalogChanged: boolean;
  /**
   * Names that now mean something else: created, renamed (both names), moved, dropped. Schema undefined: the server chooses. A name
   * that is empty, as no name can be: relations that depended on what was changed may be gone, too.
   */
  readonly created: readonly { readonly schema: string | undefined; readonly name: string }[];
  /** `PREPARE name AS …`: the inner statement's text range is analysed under this name. */
  readonly prepares: { readonly name: string; readonly statement: Statement } | undefined;
  /** `all` also stands for DEALLOCATE ALL: a statement of that name is not worth telling apart. */
  readonly deallocates: { readonly name: string } | undefined;
  readonly declares: { readonly name: string; readonly statement: Statement } | undefined;
  /** `EXECUTE name`: the operations are those of the statement held under it too, see `withHeldStatement`. */
  readonly executes: string | undefined;
  /** `FETCH … name`, `MOVE … name`: as above, for a cursor. */
  readonly fetches: string | undefined;
}

/** One statement of a message, analysed. Immutable, shared between sessions through the cache. */
export interface Statement {
  /** Every one of these must be allowed for the statement to run. Never empty. */
  readonly operations: readonly SqlOperation[];
  readonly effects: SessionEffects;
  /** Offset and length in UTF-16 units of the statement in the analysed text. */
  readonly start: number;
  readonly length: number;
  /** 'copy-in' and 'copy-out' when the server will answer with that subprotocol. */
  readonly copy: 'in' | 'out' | undefined;
}

/** The analysis of one message's text. */
export interface Analysis {
  /** Empty for an empty query string. */
  readonly statements: readonly Statement[];
  /** Set when the text did not parse: `statements` is then one `sql.unknown`. Position is 1-based, in characters. */
  readonly syntaxError: { readonly message: string; readonly position: number } | undefined;
  /** Why the text was not looked into (too large, too deep, not readable in this encoding): `statements` is one `sql.unknown`. */
  readonly refusal: string | undefined;
  /** Relations and functions the catalog does not know, as written: refresh it once and analyse again. */
  readonly unresolved: readonly string[];
  /** False: the same statement with other numbers and strings (see `shapeKey`) has the same analysis. */
  readonly dependsOnLiterals: boolean;
}
