import { classifyColumn } from './classify-column.ts';
import type { ColumnEvidence } from './column-evidence.ts';
import { readDocumentPaths } from './document-paths.ts';
import type { RelationEvidence } from './relation-evidence.ts';
import { readRelation, readRelations } from './relation-evidence.ts';
import type { ColumnProposal, PathProposal, SampledRelation } from './sampled-relation.ts';

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
  const read = readRelations(sorted);
  const all = read.flatMap((evidence) =>
    evidence.columns.map((column): ColumnProposal => {
      const { schema, name } = evidence.relation;
      return {
        schema,
        relation: name,
        column: column.column.name,
        ...classifyColumn(column, evidence),
        ...proposePaths(column),
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

/** Takes the documents of a JSON column for rows of a relation of their own. */
function proposePaths({ family, present }: ColumnEvidence): Pick<ColumnProposal, 'paths'> {
  if (family !== 'json') return {};
  const found = readDocumentPaths(present);
  const columns = found.map(({ column }) => column);
  const evidence = readRelation({ schema: '', name: '', columns, refersTo: [] });
  const paths = evidence.columns.flatMap((column, index): readonly PathProposal[] => {
    const { dataClass, confidence } = classifyColumn(column, evidence);
    const path = found[index]?.path;
    const isTold = path !== undefined && dataClass !== 'none' && confidence >= CONFIDENCE_MIN;
    return isTold ? [{ path, dataClass }] : [];
  });
  return paths.length === 0 ? {} : { paths };
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
