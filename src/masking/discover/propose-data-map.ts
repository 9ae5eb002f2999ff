import { classifyColumn } from './classify-column.ts';
import type { RelationEvidence } from './relation-evidence.ts';
import { readRelation } from './relation-evidence.ts';
import type { ColumnProposal, SampledRelation } from './sampled-relation.ts';

/** A data map for a person to confirm. */
export interface DataMapProposal {
  /** Sorted by relation; in the order of the columns. */
  readonly columns: readonly ColumnProposal[];
  /** Columns of which too little can be said: left out of the map, they are masked until somebody decides. */
  readonly undecided: readonly ColumnProposal[];
  readonly patientKeys: readonly {
    readonly schema: string;
    readonly relation: string;
    readonly column: string;
  }[];
}

/** Proposals below it are left to people. */
export const CONFIDENCE_MIN = 0.6;

/**
 * Proposes which columns hold which data class, by their names, comments, types and values, and by what stands beside them. Pure: the
 * same samples, the same proposal.
 */
export function proposeDataMap(relations: readonly SampledRelation[]): DataMapProposal {
  const sorted = relations.toSorted(
    (left, right) => compare(left.schema, right.schema) || compare(left.name, right.name),
  );
  const read = sorted.map(readRelation);
  const all = read.flatMap((evidence) =>
    evidence.columns.map((column): ColumnProposal => {
      const { schema, name } = evidence.relation;
      return {
        schema,
        relation: name,
        column: column.column.name,
        ...classifyColumn(column, evidence),
      };
    }),
  );
  return {
    columns: all.filter(({ confidence }) => confidence >= CONFIDENCE_MIN),
    undecided: all.filter(({ confidence }) => confidence < CONFIDENCE_MIN),
    patientKeys: read.flatMap((evidence) => {
      const column = findPatientKey(evidence);
      const { schema, name } = evidence.relation;
      return column === undefined ? [] : [{ schema, relation: name, column }];
    }),
  };
}

/** Whose row it is: by reference, or because the row is somebody. */
function findPatientKey({
  columns,
  isAboutPeople,
  relation,
}: RelationEvidence): string | undefined {
  if (isAboutPeople && /patient|person|people|subject/i.test(relation.name)) {
    const own = columns.find(({ words, isUnique }) => words === 'id' && isUnique);
    if (own !== undefined) return own.column.name;
  }
  return columns.find((column) => column.isPersonReference)?.column.name;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
