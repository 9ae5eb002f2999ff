import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { constantText } from '../../sql/postgres/tree.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';

/** A setting of the gateway's own: why the client does what it does. Reviewers are told, the target never is. */
export const REASON_SETTING = 'sallyport.reason';

type Setting = readonly [name: string, value: string];

/** What a text says about the reason of what comes. */
export type StatedReason =
  | { readonly kind: 'stated'; readonly reason: string }
  /** From now on it is the one of the session's start. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'refused'; readonly error: ErrorFields };

/** Takes the reason out of what a client asks for at its start; the last one counts. */
export function takeStartReason(requested: readonly Setting[]): {
  readonly stated: StatedReason;
  /** What is for the target. */
  readonly settings: readonly Setting[];
} {
  const isReason = ([name]: Setting): boolean => name.toLowerCase() === REASON_SETTING;
  const given = requested.findLast(isReason);
  return {
    stated: given === undefined ? { kind: 'reset' } : checkReason(given[1]),
    settings: requested.filter((setting) => !isReason(setting)),
  };
}

/** Reads a text that sets the reason, or does something else with it. */
export function readStatedReason(text: string, parser: SqlParser): StatedReason {
  const parsed = parser.parse(text);
  const [statement, ...others] = parsed.kind === 'tree' ? parsed.statements : [];
  if (statement === undefined || others.length > 0) return NOT_ALONE;
  const { node } = statement;
  if (!('VariableSetStmt' in node)) return NOT_ALONE;
  const { kind, args = [], is_local: isLocal = false } = node.VariableSetStmt;
  if (isLocal) return LOCAL;
  if (kind !== 'VAR_SET_VALUE') return { kind: 'reset' };
  const reason = args.length === 1 ? constantText(args[0]) : undefined;
  return reason === undefined ? NO_STRING : checkReason(reason);
}

function checkReason(reason: string): StatedReason {
  const trimmed = reason.trim();
  if (trimmed.length > COMMENT_LENGTH_MAX) return TOO_LONG;
  return trimmed === '' ? { kind: 'reset' } : { kind: 'stated', reason: trimmed };
}

function refuse(sqlState: string, message: string, hint: string): StatedReason {
  return {
    kind: 'refused',
    error: { severity: 'ERROR', sqlState, message: `refused: ${message}`, hint },
  };
}

const NOT_ALONE: StatedReason = refuse(
  '0A000',
  `${REASON_SETTING} is set by a SET that is sent alone`,
  `Nothing was run. Send SET ${REASON_SETTING} = '…' first, and the rest after it.`,
);
const LOCAL: StatedReason = refuse(
  '0A000',
  `${REASON_SETTING} holds for the session, not for a transaction`,
  'Leave LOCAL out, and RESET it afterwards.',
);
const NO_STRING: StatedReason = refuse(
  '22023',
  `${REASON_SETTING} takes one string`,
  `Write SET ${REASON_SETTING} = '…'.`,
);
const TOO_LONG: StatedReason = refuse(
  '22023',
  `${REASON_SETTING} may have ${COMMENT_LENGTH_MAX} characters`,
  'Say it in fewer words, or name the ticket that has them.',
);
