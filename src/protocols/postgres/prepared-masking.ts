import type { PositionMap } from '../../masking/postgres/position-map.ts';
import type { StatementRewrite } from '../../masking/postgres/rewrite.ts';

/** How a prepared statement was rewritten. */
export interface PreparedMasking {
  /** Of the plan by which it was. */
  readonly planKey: string;
  /** The rewritten text: under another plan, only the same text may go on. */
  readonly text: string;
  readonly statement: StatementRewrite;
  /** Undefined: the text is the client's own. */
  readonly positions?: PositionMap | undefined;
}
