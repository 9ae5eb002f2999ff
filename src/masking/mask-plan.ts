import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { ColumnSource } from './classify-lineage.ts';
import type { KeyedColumn } from './vault/keyed-form.ts';

/** A column that one principal may not see raw. */
export interface MaskedColumn {
  readonly name: string;
  readonly classes: readonly string[];
  /**
   * The SQL expression that stands for the column, of the column's own type.
   *
   * @param reference The column, quoted and qualified, fit to stand anywhere in an expression.
   * Every function, operator and type in it is qualified with `pg_catalog`; it never raises an error that quotes the value.
   */
  readonly expression: (reference: string) => string;
  /** The same without keys: for EXPLAIN and for what the server stores (view definitions). */
  readonly keylessExpression: (reference: string) => string;
  /** Set for free text and JSON: as a plain output column it is shown raw to the second net. */
  readonly inspect: 'text' | 'json' | undefined;
  /** Set where `expression` yields pseudonyms, or what vault tokens take the place of on the wire. */
  readonly keyed?: KeyedColumn;
  /** Set where `expression` is a function of the value and of a key: what a written value becomes says which others are the same. */
  readonly isKeyed?: true;
  /** The column of the same row that says whose it is, and so by how much `expression` shifts dates. */
  readonly shiftedBy?: string;
  readonly because: string;
}

/** A relation with columns that one principal may not see raw. */
export interface MaskedRelation {
  readonly relation: CatalogRelation;
  /** By column name; the others are shown as they are. Never empty. */
  readonly columns: ReadonlyMap<string, MaskedColumn>;
}

/** A view shows rows, or leaves values NULL, by what these columns hold together: beside a value of one's choice, that tells of the others. */
export interface ViewComparison {
  readonly view: CatalogRelation;
  /** Of tables, as far as that is known. */
  readonly columns: readonly ColumnSource[];
  /** What is compared may be of several rows. */
  readonly isAcross: boolean;
  /** A column may stand in it more than once, and so be compared with itself in another row. */
  readonly isRepeated: boolean;
  /** Rows are sorted, grouped or counted by it, and nothing is joined. */
  readonly isOfRows?: true;
  /** It decides only what is shown of rows: nothing is joined. */
  readonly isOfOutput?: true;
  /** Settings take part, which each session chooses for itself. */
  readonly hasSettings: boolean;
}

/** All that net 1 needs to know of what one principal may not see of one target. Immutable. */
export interface MaskPlan {
  /** Equal keys: the same statement is rewritten the same way. Holds the versions of catalog, data map and masks. */
  readonly key: string;
  readonly catalog: Catalog;
  /** Those with classified columns, masked or not. Absent: none. */
  readonly comparisons?: readonly ViewComparison[];
  find(relationOid: number): MaskedRelation | undefined;
}
