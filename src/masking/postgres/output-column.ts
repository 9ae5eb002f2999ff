import type { KeyedColumn } from '../vault/keyed-form.ts';

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
  /** Set where its values are pseudonyms, or are to be replaced by vault tokens. */
  readonly keyed?: KeyedColumn | undefined;
}

/** An expression over what is masked or harmless. */
export const COMPUTED: OutputColumn = { relationOid: 0, column: '', masked: [], inspect: 'none' };

/** An expression in which code that the target's configuration vouches for had a say. */
export const UNKNOWN_OUTPUT: OutputColumn = { ...COMPUTED, inspect: 'unknown' };
