import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { Classification } from '../classification.ts';

/** Whose values rows have: nobody's, of those alone whose keys stand in them, or of others too, as far as anybody can tell. */
export type WhoseRows = 'nobody' | 'shown' | 'others';

/** What is known of whose rows relations have. */
export interface KnownPatients {
  readonly classification: Classification;
  /** Whose values the rows of a view have, by its definition. */
  readonly findWhose: (view: CatalogRelation) => WhoseRows;
}

/**
 * Whether each row of a relation is of the patient whose key stands in it, or of nobody: a view may show one's key beside values of others,
 * or values without a key.
 */
export function isOfOne(
  relation: CatalogRelation,
  { classification, findWhose }: KnownPatients,
): boolean {
  if (relation.kind !== 'v' && relation.kind !== 'm') return true;
  const whose = findWhose(relation);
  const hasKey = classification.find(relation.oid)?.patientKey !== undefined;
  return whose === 'nobody' || (whose === 'shown' && hasKey);
}
