import type { Column } from '../../wire/postgres/row-description.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { compileFieldMask } from './column-masker.ts';
import type { FieldMask } from './field-mask.ts';
import { Findings, type JsonPaths, type TextMasks } from './findings.ts';
import { type TextEncoding, UTF8 } from './text-encoding.ts';
import type { FindType } from './value-shape.ts';

/** What the second net does with the rows of one result. */
export interface RowPlan {
  /** One for each column; undefined where values stay as they are. */
  readonly masks: readonly (FieldMask | undefined)[];
  /** What was found in the rows so far. A plan serves one result at a time. */
  readonly findings: Findings;
}

/** What a plan has to know of the target. */
export interface RowLookups {
  readonly findType: FindType;
  /** In which the result is written. Default: UTF-8. */
  readonly encoding?: TextEncoding;
  /** Of a JSON column, what the data map says of its paths. */
  findPaths(relationOid: number, column: string): JsonPaths;
  /** OID of a column's type: COPY does not say it. Undefined where it is not known. */
  findColumnType?(relationOid: number, column: string): number | undefined;
}

const UNKNOWN_OUTPUT: OutputColumn = {
  relationOid: 0,
  column: '',
  masked: [],
  inspect: 'unknown',
};

/**
 * Decides what of a result is looked through. Undefined: nothing.
 *
 * @param outputs What the first net knows of the columns. Where it knows nothing, or of another number
 *   of columns, every column is looked through whose type may hold text. Where it knows that there is none, what comes is of a rule,
 *   which no mask stands in: all of it is hidden.
 */
export function compileRowPlan(
  columns: readonly Column[],
  outputs: readonly OutputColumn[] | undefined,
  masks: TextMasks,
  lookups: RowLookups,
): RowPlan | undefined {
  const known = outputs?.length === columns.length ? outputs : undefined;
  if (known?.every(({ inspect }) => inspect === 'none') === true) return undefined;
  const findings = new Findings(masks);
  if (outputs?.length === 0 && columns.length > 0) {
    return { masks: columns.map(() => () => null), findings };
  }
  const fieldMasks = columns.map(({ typeOid, formatCode }, index) => {
    const { inspect, relationOid, column } = known?.[index] ?? UNKNOWN_OUTPUT;
    if (inspect === 'none') return undefined;
    const paths = inspect === 'json' ? lookups.findPaths(relationOid, column) : [];
    const { encoding = UTF8 } = lookups;
    const inspected = { typeOid, isBinary: formatCode !== 0, encoding, inspect, paths };
    return compileFieldMask(inspected, findings, lookups.findType);
  });
  if (fieldMasks.every((mask) => mask === undefined)) return undefined;
  return { masks: fieldMasks, findings };
}
