/** What people are told to do where nothing better is known. */
const DEFAULT_HINT =
  'Ask for the right to see the classes of this data, or write the statement in a simpler way.';

/**
 * Ends the rewriting of a text: some part of it cannot be masked with certainty. Thrown from anywhere below `rewriteText`, which
 * turns it into an answer.
 */
export class RewriteRefusal extends Error {
  override readonly name = 'RewriteRefusal';
  readonly code = 'ERR_REWRITE_REFUSED';
  readonly hint: string;
  /** What the server itself refuses the statement with; undefined where it would run it. */
  readonly sqlState: string | undefined;

  /** `reason` completes the sentence "Cannot mask the statement: …". */
  constructor(reason: string, hint: string = DEFAULT_HINT, sqlState?: string) {
    super(reason);
    this.hint = hint;
    this.sqlState = sqlState;
  }
}
