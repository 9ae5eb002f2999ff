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

  /** `reason` completes the sentence "Cannot mask the statement: …". */
  constructor(reason: string, hint: string = DEFAULT_HINT) {
    super(reason);
    this.hint = hint;
  }
}
