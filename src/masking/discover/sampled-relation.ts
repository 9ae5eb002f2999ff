/** A relation with some of its rows, as far as a proposal needs it. */
export interface SampledRelation {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly SampledColumn[];
  /** Relations that its foreign keys lead to, as `schema.name`. */
  readonly refersTo: readonly string[];
}

/** A column with the values of some rows. */
export interface SampledColumn {
  readonly name: string;
  /** As the catalog spells it: `pg_catalog.text`, `character varying(20)`, `pg_catalog._text`. */
  readonly typeName: string;
  /** `typtype` of its type: e for an enum, r for a range. */
  readonly typeKind: string;
  /** Empty if there is none. */
  readonly comment: string;
  /** Whether each value stands for one row. */
  readonly isUnique: boolean;
  /** As text, cut; documents longer than that will not be understood. The same positions of all columns are one row. */
  readonly values: readonly (string | null)[];
}

/** What a column seems to hold. Says nothing of any one value. */
export interface ColumnProposal {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** A class of the data map, `none` for a column that holds nothing to mask. */
  readonly dataClass: string;
  /** From 0 to 1: how sure the proposal is. */
  readonly confidence: number;
  /** For people. */
  readonly reason: string;
  /** Of the class `json`: what its documents hold where. */
  readonly paths?: readonly PathProposal[];
}

/** What a path of a JSON column seems to lead to. */
export interface PathProposal {
  /** As the data map writes it: `name[*].family`. */
  readonly path: string;
  readonly dataClass: string;
}
