/** One column of a relation, with what a mask must know to yield a valid value of its type. */
export interface CatalogColumn {
  readonly name: string;
  /** `attnum`: from 1, with gaps where columns were dropped. */
  readonly number: number;
  readonly typeOid: number;
  /** `atttypmod`, -1 for none. */
  readonly typeModifier: number;
  /**
   * As SQL spells it in full, fit for a cast under any search path: `pg_catalog.text`, `pg_catalog."varchar"`,
   * `character varying(20)`, `app."Mood"[]`.
   */
  readonly typeName: string;
  /** Qualified and quoted, when it is not the type's default collation. */
  readonly collation: string | undefined;
  readonly isNotNull: boolean;
  readonly isGenerated: boolean;
  /** Of a generated column: names of the columns that it is computed from. Absent: none. */
  readonly generatedFrom?: readonly string[];
  /** Its default has a value in it, other than the name of a sequence, or rows from before it was added have one. */
  readonly hasDefaultValue?: true;
}

/** A type that some column has or that is not built in, or that such a type is made of; of row types and their arrays only those of columns. */
export interface CatalogType {
  readonly oid: number;
  /** `typname`: as statements name it, `_text` for `text[]`. Absent: what `name` ends with. */
  readonly plainName?: string;
  /** Qualified and quoted, without a modifier. */
  readonly name: string;
  /** `typtype`: b base, c composite, d domain, e enum, p pseudo, r range, m multirange. */
  readonly kind: string;
  /** Of an array's elements, a range's subtype, a multirange's range, a domain's base; 0 for other types. */
  readonly innerOid: number;
  readonly isArray: boolean;
  /** A domain's own modifier for its base type; -1 for none. */
  readonly innerModifier: number;
  /** In their order, at most the first 10 000; empty unless an enum. */
  readonly labels: readonly string[];
  /** In their order; empty unless composite. */
  readonly fields: readonly CatalogColumn[];
  /** Of a composite type: OID of the relation whose rows are of it; one of kind `c` if there are no rows. */
  readonly relationOid?: number;
}

/** `cascade`: they are given the same values, or go along. `null`, `default`: their columns of the key are given that. */
export type ForeignKeyAction = 'cascade' | 'null' | 'default';

/** A foreign key: values of `columns` are values of the other relation's columns. */
export interface CatalogForeignKey {
  readonly columns: readonly string[];
  /** OID of the relation referred to. */
  readonly referencedRelation: number;
  readonly referencedColumns: readonly string[];
  /** What becomes of its rows where what it refers to is given other values. Absent: nothing, the change fails. */
  readonly onUpdate?: ForeignKeyAction;
  /** The same where what it refers to is deleted. */
  readonly onDelete?: ForeignKeyAction;
  /** The columns that `onDelete` makes NULL or gives their default. Absent: all. */
  readonly resetOnDelete?: readonly string[];
}

/** Code of the target's own that runs where values become of another type, though no statement names it. */
export interface CatalogConversion {
  /** OID of the type that a cast is from; 0 for the checks of a domain, whatever becomes of it. */
  readonly source: number;
  readonly target: number;
  /** `castcontext`: e explicit, a in assignments too, i implicit too; d check of a domain. */
  readonly context: string;
  /** `schema.name` of the function or operator. */
  readonly code: string;
}

/** A column that a sequence numbers. */
export interface NumberedColumn {
  /** OID of the table. */
  readonly relation: number;
  readonly column: string;
}

/** A relation of a target's catalog, as far as analysis needs it. */
export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `relkind`: r table, p partitioned, v view, m materialized view, f foreign, S sequence, i/I index, c composite. */
  readonly kind: string;
  readonly columns: readonly string[];
  /** The same columns in the same order, with their types. Empty for indexes. */
  readonly attributes: readonly CatalogColumn[];
  /**
   * Of a view or materialized view: its query, with every name qualified that is not in `pg_catalog` (`pg_get_viewdef` under an
   * empty search path). Undefined for other kinds, if it is longer than 64 KiB, and while a relation that it reads is locked
   * exclusively.
   */
  readonly definition: string | undefined;
  /** Of a view: changes when its definition is replaced, and is there while the definition cannot be read. */
  readonly definitionVersion?: string;
  readonly foreignKeys: readonly CatalogForeignKey[];
  /** OIDs of relations that its rewrite rules (views) depend on, direct ones. */
  readonly dependsOn: readonly number[];
  /** OIDs of inheritance or partition parents, direct ones. */
  readonly parents: readonly number[];
  readonly children: readonly number[];
  /** Column names of each unique, valid, non-partial index over plain columns. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Columns of the primary key; empty if there is none, or if it may be broken until the end of a transaction. */
  readonly primaryKey: readonly string[];
  /** Columns that a unique index or an exclusion constraint of any kind uses, in expressions and predicates too. */
  readonly comparedColumns: readonly string[];
  /**
   * Columns that the server looks at together when one is written: of each CHECK constraint, of what a generated column is computed from,
   * of expressions of indexes and statistics, of what partial indexes ask, of exclusion constraints and of unique indexes that are not among `uniqueKeys`. Each has several.
   */
  readonly checks: readonly (readonly string[])[];
  /** Columns by whose defaults, or NULL, a new row may be compared with those that are there, by a unique index or an exclusion constraint. */
  readonly comparedDefaults: readonly string[];
  /** User triggers, rules on a table, row security: code may run that the statement does not show. */
  readonly hasHiddenCode: boolean;
  /** A trigger may give a new row other values than the statement chose. */
  readonly replacesNewValues?: true;
  /** A rule may say what RETURNING shows in place of its columns. */
  readonly returnsByRule?: true;
  /** Of a partitioned table: columns that say, also by expressions, in which partition a row is. */
  readonly partitionKey?: readonly string[];
  /** Of a partition: columns of which CHECK constraints, or indexes as in `checks`, ask that no relation above it has. */
  readonly ownChecks?: readonly string[];
  /** Of a sequence: columns that it belongs to (`serial`, `OWNED BY`, identity) or that have a default which reads it. */
  readonly numbers?: readonly NumberedColumn[];
  /** User-defined functions (`schema.name`) that its rules call, also by a cast to a domain. */
  readonly functions: readonly string[];
}

/** One version of a target database's catalog. Immutable. */
export interface Catalog {
  /** Changes whenever the content changes. */
  readonly version: string;
  /** Server version, e.g. 150018. */
  readonly serverVersion: number;
  findRelation(schema: string, name: string): CatalogRelation | undefined;
  getRelation(oid: number): CatalogRelation | undefined;
  listRelations(): Iterable<CatalogRelation>;
  /** Relations of that name in every schema. */
  findByName(name: string): readonly CatalogRelation[];
  /** Schemas that hold a user-defined (not built-in) function, procedure or aggregate of that name. */
  userFunctionSchemas(name: string): readonly string[];
  /** Whether an operator of that name (`+`, `->>`) exists that is neither built in nor of an extension that comes with PostgreSQL. */
  hasUserOperator(name: string): boolean;
  /** Undefined for a type that nothing has. */
  findType(oid: number): CatalogType | undefined;
  /** Types that a statement may mean by the last part of a name, whatever their schema. */
  findTypesByName(name: string): readonly CatalogType[];
  readonly conversions: readonly CatalogConversion[];
  /** Whether `pg_catalog` holds a function of that name; true for any name if the rows did not say. */
  isBuiltInFunction(name: string): boolean;
}

/** Rows as read from the server; `buildCatalog` indexes them. */
export interface CatalogRows {
  /** Changes whenever the content does; worked out from the content if absent. */
  readonly version?: string;
  readonly serverVersion: number;
  readonly relations: readonly CatalogRelation[];
  readonly userFunctions: readonly { readonly schema: string; readonly name: string }[];
  readonly types?: readonly CatalogType[];
  /** Names of the operators that are neither built in nor of an extension that comes with PostgreSQL. */
  readonly userOperators?: readonly string[];
  readonly conversions?: readonly CatalogConversion[];
  /** Names of all functions in `pg_catalog`. */
  readonly builtInFunctions?: readonly string[];
}

/** What analysis must know of the session. */
export interface NameContext {
  /** Effective schemas to search in order, without pg_catalog/pg_temp implied ones; undefined when unknown. Each alternative is possible. */
  readonly searchPaths: readonly (readonly string[])[] | undefined;
  /** Objects that this session may have created, moved or dropped and the catalog may not show yet. */
  readonly overlay: readonly { readonly schema: string | undefined; readonly name: string }[];
  /** Functions that the target's configuration vouches for. */
  readonly functionsAllowed: ReadonlySet<string>;
  /** `standard_conforming_strings` as last reported. Off: text with a backslash is `sql.unknown`. */
  readonly standardConformingStrings: boolean;
  /** `client_encoding` as last reported, upper case. Not UTF8/SQL_ASCII/LATIN1..: text with bytes over 0x7f is `sql.unknown`. */
  readonly clientEncoding: string;
  /** `server_encoding` as reported: that of the database. Default: UTF8. */
  readonly serverEncoding?: string;
  /** The session began with serializable transactions. */
  readonly isSerializable?: true;
}
