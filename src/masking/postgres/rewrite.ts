/** Where a plain output column of a rewritten statement comes from. */
export interface OutputColumn {
  /** OID of the relation, 0 for an expression. */
  readonly relationOid: number;
  /** The column's own name in that relation; empty for an expression. */
  readonly column: string;
  /** Classes that net 1 masked in it; empty when it is shown as it is or goes to the second net. */
  readonly masked: readonly string[];
  /** What the second net does: nothing for a column known to be masked or harmless. */
  readonly inspect: 'none' | 'text' | 'json' | 'unknown';
}

/** A statement as it is sent in place of the client's. */
export interface StatementRewrite {
  /** In the order of the result; undefined where they are not known: then the second net looks at all of them. */
  readonly outputs: readonly OutputColumn[] | undefined;
  /** Reads or writes a classified relation, so what the server says of errors in it is withheld. */
  readonly touchesClassified: boolean;
}

/** What becomes of one message's text for a principal who may not see everything. */
export type Rewrite =
  /** `statements` in the order of the analysis. `text` is the client's own where nothing had to change. */
  | { readonly kind: 'run'; readonly text: string; readonly statements: readonly StatementRewrite[] }
  | { readonly kind: 'refuse'; readonly reason: string; readonly hint: string };
