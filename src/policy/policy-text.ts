/** Where something is in a file. Lines and columns are 1-based; columns count UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** One policy of a file: a slice that ends with its semicolon. */
export interface PolicyText {
  readonly text: string;
  /** Offset of `text` in the file, in UTF-16 units. */
  readonly start: number;
}

/** Why a text is not given to Cedar, and where (offset in UTF-16 units). */
export interface PolicyTextProblem {
  readonly offset: number;
  readonly message: string;
}

/**
 * Characters of one policy. A list of 2 000 relation names fits.
 */
export const POLICY_LENGTH_MAX = 65_536;

/**
 * Brackets within brackets. Cedar's WebAssembly build overflows its stack somewhere above 100, and
 * answers nothing ever after.
 */
export const POLICY_NESTING_MAX = 32;

/** Operators, member accesses and clauses of one policy, for the same reason (above 1 000). */
export const POLICY_OPERATORS_MAX = 500;

const OPERATOR = /&&|\|\||[-+*.!]|\b(?:if|when|unless)\b/y;
const COMMENT = /\/\/[^\r\n]*/y;
const STRING = /"(?:[^"\\]|\\[^])*"?/y;
const SPACE = /\s+/y;

/**
 * Cuts a file into its policies, and refuses what would exhaust Cedar's stack.
 *
 * Whether a slice is a policy is for Cedar to say; text after the last semicolon is its own slice.
 */
export function splitPolicies(text: string): readonly PolicyText[] | PolicyTextProblem {
  const policies: PolicyText[] = [];
  let start: number | undefined;
  let nesting = 0;
  let operators = 0;
  let offset = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    if (!pattern.test(text)) return false;
    offset = pattern.lastIndex;
    return true;
  };
  while (offset < text.length) {
    if (skip(SPACE) || skip(COMMENT)) continue;
    start ??= offset;
    if (offset - start > POLICY_LENGTH_MAX) {
      return { offset: start, message: `policy is longer than ${POLICY_LENGTH_MAX} characters` };
    }
    if (skip(STRING)) continue;
    if (skip(OPERATOR)) {
      operators++;
      if (operators > POLICY_OPERATORS_MAX) {
        return { offset: start, message: `policy has more than ${POLICY_OPERATORS_MAX} operators` };
      }
      continue;
    }
    const character = text[offset] ?? '';
    if ('([{'.includes(character)) nesting++;
    if (')]}'.includes(character)) nesting--;
    if (nesting > POLICY_NESTING_MAX) {
      return { offset, message: `brackets are nested deeper than ${POLICY_NESTING_MAX}` };
    }
    offset++;
    if (character === ';') {
      policies.push({ text: text.slice(start, offset), start });
      start = undefined;
      nesting = 0;
      operators = 0;
    }
  }
  if (start !== undefined) policies.push({ text: text.slice(start), start });
  return policies;
}

/** Line and column of an offset in UTF-16 units. */
export function findPosition(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: before.length - lastBreak };
}

/** Cedar counts UTF-8 bytes; texts here count UTF-16 units. */
export function convertByteOffset(text: string, byteOffset: number): number {
  return Buffer.from(text).subarray(0, byteOffset).toString('utf8').length;
}
