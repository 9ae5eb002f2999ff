import type { PositionMap } from '../../masking/postgres/position-map.ts';
import type { StatementRewrite } from '../../masking/postgres/rewrite.ts';

/** Where a position in the text that was sent is in the client's own, both from 1; undefined: nowhere. */
export type FindPosition = (position: number) => number | undefined;

/** What is known of the answers to one request before they come. */
export interface ExpectedAnswers {
  /** Something is hidden from the principal, so the answers pass the second net. */
  readonly isMasked: boolean;
  /** Of a simple query in order, one for each statement; of an Execute one. */
  readonly statements: readonly ExpectedAnswer[];
  /** Which operation of the session it is, from 1. */
  readonly operation: number;
  /** Undefined: an error may be about another text than the request's. */
  readonly findPosition?: FindPosition | undefined;
}

/** Positions where a text stayed as it is, or in one that was rewritten. */
export function findPositionBy(positions: PositionMap | undefined): FindPosition {
  return (position) => (positions === undefined ? position : positions.toClient(position));
}

/** What is known of the answer to one statement. */
export interface ExpectedAnswer {
  /** Undefined: nothing is known. */
  readonly rewrite: StatementRewrite | undefined;
  /** Undefined: the ledger need not know what the result shows. */
  readonly evidence: ExpectedEvidence | undefined;
  /** Ids of the patients whose rows alone it can show, by its own conditions; undefined where that is not certain. */
  readonly named?: (() => readonly string[] | undefined) | undefined;
  /** Whether each row shows whose values are in it, if a key is shown at all; undefined where that is not certain. */
  readonly showsWhose?: (() => boolean) | undefined;
  /** Every relation that it reads is in the catalog: columns of others are not what was rewritten. */
  readonly isCatalogued: boolean;
}

/** What the ledger shall know of a result. */
export interface ExpectedEvidence {
  /** Data classes that the statement reads raw, each with the ids of the policies that permit it. */
  readonly raw: ReadonlyMap<string, readonly string[]>;
  /** It reads relations whose rows belong to patients. */
  readonly hasPatients: boolean;
}
