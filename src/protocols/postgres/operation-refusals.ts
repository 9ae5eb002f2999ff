import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import type { UnsealedOutcome } from '../operation-clearance.ts';

type Reason =
  | UnsealedOutcome
  | 'tooManyObjects'
  | 'tooManyNames'
  | 'stale'
  | 'unknown'
  | 'nested'
  | 'noPseudonymsLeft'
  | 'noTokens'
  | 'executesTokens';

/** What clients are told when it is not a policy that refuses. */
export const OPERATION_REFUSALS: Readonly<Record<Reason, ErrorFields>> = {
  unsealed: {
    severity: 'ERROR',
    sqlState: '57P03',
    message: 'refused: the operation could not be recorded in the ledger',
    hint: 'Nothing was run. The gateway goes on by itself once its ledger can be written again.',
  },
  'too-long': {
    severity: 'ERROR',
    sqlState: '54000',
    message: 'refused: there is more in the operation than an entry of the ledger holds',
    hint: 'Nothing was run. Name fewer relations in one statement.',
  },
  tooManyObjects: {
    severity: 'ERROR',
    sqlState: '54000',
    message: 'refused: too many objects made in one session and not committed, or temporary',
    hint: 'Commit, or go on in another session.',
  },
  tooManyNames: {
    severity: 'ERROR',
    sqlState: '54000',
    message: 'refused: too many prepared statements and cursors in one session',
    hint: 'Close those that are not needed any more.',
  },
  /** SQLSTATE `invalid_sql_statement_name`: drivers prepare anew when they see it. */
  stale: {
    severity: 'ERROR',
    sqlState: '26000',
    message:
      'refused: what you may see, or what its names mean, has changed since this statement was prepared',
    hint: 'Prepare it again, or open the cursor again.',
  },
  unknown: {
    severity: 'ERROR',
    sqlState: '26000',
    message: 'refused: there is no such statement or cursor that the gateway knows of',
    hint: 'Prepare it, or open the cursor, in this session.',
  },
  nested: {
    severity: 'ERROR',
    sqlState: '0A000',
    message: 'refused: what is executed by name must not execute something by name in its turn',
    hint: 'Nothing was run. Execute the inner statement itself.',
  },
  noPseudonymsLeft: {
    severity: 'ERROR',
    sqlState: '54000',
    message: 'refused: more pseudonyms were looked up in this hour than one principal may',
    hint: 'Nothing was run. Use fewer, or go on in the next hour.',
  },
  executesTokens: {
    severity: 'ERROR',
    sqlState: '0A000',
    message: 'refused: EXECUTE cannot be given vault tokens',
    hint: 'Send them as parameters of the protocol, or write them into the statement itself.',
  },
  noTokens: {
    severity: 'ERROR',
    sqlState: '57P03',
    message: 'refused: what the vault tokens in it stand for cannot be looked up',
    hint: 'Nothing was run. Try again; if it stays so, tell those who keep the gateway.',
  },
};
