import { hideLiterals } from '../../access/hide-literals.ts';
import type { Classification } from '../../masking/classification.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { classifyLiterals } from './classify-literals.ts';
import { findQualified } from './session-masks.ts';

/** What is known of the place that a statement was for. */
export interface MaskLiteralsContext {
  readonly parser: SqlParser;
  /** Undefined when it cannot be read, or when the target has no data map: then no value is known to be harmless. */
  readonly known:
    | { readonly catalog: Catalog; readonly classification: Classification }
    | undefined;
  /** Qualified names of the relations that the statement touches. */
  readonly relations: readonly string[];
}

/**
 * Hides the values of a statement that are of a data class, and those of which it is not certain that they are not.
 * Undefined for a text in which values cannot be told from the rest, because it is not SQL.
 */
export function maskLiterals(text: string, context: MaskLiteralsContext): string | undefined {
  const { parser, known, relations: names } = context;
  if (parser.parse(text).kind !== 'tree') return undefined;
  const relations =
    known === undefined ? [] : names.flatMap((name) => findQualified(known.catalog, name) ?? []);
  const classification = known?.classification;
  const { literals } = classifyLiterals(text, { parser, classification, relations });
  return hideLiterals(text, literals, () => false).text;
}
