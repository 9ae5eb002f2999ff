import type { Fact } from '../../policy/operation.ts';
import { estimateStatementBytes } from '../../sql/postgres/analysis-cache.ts';
import type { Analysis, SessionEffects, SqlOperation, Statement } from '../../sql/statement.ts';
import type { GuardedAction } from '../guard.ts';
import { REASON_SETTING } from './stated-reason.ts';

/** What the relay needs of an analysis, worked out once for all the sessions that share it. */
export interface Summary {
  /** Sorted, each once; for the ledger. */
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  /** Of the statements that change what names stand for. */
  readonly naming: readonly Statement[];
  /** Of the statements that change settings the gateway follows. */
  readonly settings: readonly SessionEffects[];
  readonly changesLexing: boolean;
  /** Sets something in the session, of whatever kind. */
  readonly setsSettings: boolean;
  /** Makes settings what they were at the session's start. */
  readonly discardsSettings: boolean;
  /** Sets why the client does what it does, which the target does not hear of; or makes it what it was at the start. */
  readonly reason: 'stated' | 'discarded' | undefined;
  /** Goes back to before a transaction or savepoint. */
  readonly rollsBack: boolean;
  /** Changes which schemas of the search path the server sees: schemas, and rights to them. */
  readonly changesPath: boolean;
  readonly changesCatalog: boolean;
  /** Begins or ends a transaction, or may; savepoints do not. */
  readonly controlsTransaction: boolean;
  /** Is nothing but the beginning of a transaction block. */
  readonly beginsTransaction: boolean;
  readonly preparesTransaction: boolean;
  /** The server may take what comes next for the data of a COPY. */
  readonly mayCopyIn: boolean;
  /** Some name of it could not be resolved with certainty. */
  readonly isAmbiguous: boolean;
  /** Refers to prepared statements or cursors of the session. */
  readonly refersToNames: boolean;
  /** Sets a password or another secret in its text. */
  readonly hasSecrets: boolean;
  /** Memory that the analysis takes, estimated. */
  readonly bytes: number;
}

const summaries = new WeakMap<Analysis, Summary>();

const BEGINNINGS: ReadonlySet<string> = new Set(['BEGIN', 'START TRANSACTION']);
/** ROLLBACK may be to a savepoint, but need not. */
const WITHIN_TRANSACTION: ReadonlySet<string> = new Set(['SAVEPOINT', 'RELEASE', 'SET']);
const SETTING_ACTIONS: ReadonlySet<string> = new Set(['sql.set', 'sql.set-role', 'sql.set-lexing']);

const ENCODING_SETTINGS: ReadonlySet<string> = new Set(['client_encoding', 'all']);

/** Actions whose constants may be passwords. */
const DEFINING_ACTIONS: ReadonlySet<string> = new Set([
  ...['sql.create', 'sql.alter', 'sql.set', 'sql.system'],
]);
/** Kinds of objects, as facts call them, whose definition may carry passwords. */
const KINDS_WITH_SECRETS: ReadonlySet<string> = new Set([
  ...['role', 'user mapping', 'server', 'subscription'],
  ...['foreign data wrapper', 'foreign table'],
]);
/** Settings of the server whose value may be a password, or have one in it. */
const SETTINGS_WITH_SECRETS: ReadonlySet<string> = new Set(['password', 'primary_conninfo']);

/** The summary of an analysis; the same object for the same analysis. */
export function summarize(analysis: Analysis): Summary {
  let summary = summaries.get(analysis);
  if (summary === undefined) {
    summary = buildSummary(analysis);
    summaries.set(analysis, summary);
  }
  return summary;
}

/** The actions and relations of several statements together. */
export function summarizeStatements(
  statements: readonly Statement[],
): Pick<Summary, 'actions' | 'relations'> {
  const operations = statements.flatMap((statement) => statement.operations);
  return {
    actions: [...new Set(operations.map(({ action }) => action))].toSorted(),
    relations: [...new Set(operations.flatMap(({ facts }) => facts.relations))].toSorted(),
  };
}

function buildSummary({ statements }: Analysis): Summary {
  const operations = statements.flatMap((statement) => statement.operations);
  const effects = statements.map((statement) => statement.effects);
  const transactions = operations
    .filter(({ action }) => action === 'sql.transaction')
    .map(({ facts }) => facts.command);
  // Frozen: all entries about the analysis share them.
  const sorted = (values: readonly string[]): readonly string[] =>
    Object.freeze([...new Set(values)].toSorted());
  return {
    actions: sorted(operations.map(({ action }) => action)),
    relations: sorted(operations.flatMap(({ facts }) => facts.relations)),
    naming: statements.filter(
      ({ effects: { prepares, declares, deallocates } }) =>
        prepares !== undefined || declares !== undefined || deallocates !== undefined,
    ),
    settings: effects.filter(
      ({ searchPath, created }) => searchPath !== undefined || created.length > 0,
    ),
    // An encoding that policies need not look at is another one all the same.
    changesLexing: operations.some(
      ({ action, facts }) =>
        action === 'sql.set-lexing' ||
        facts.opaque ||
        facts.command === 'DISCARD ALL' ||
        (action === 'sql.set' && facts.objects.some((name) => ENCODING_SETTINGS.has(name))),
    ),
    setsSettings: operations.some(
      ({ action, facts }) => SETTING_ACTIONS.has(action) && !facts.objects.includes(REASON_SETTING),
    ),
    reason: findReason(operations),
    discardsSettings: operations.some(({ action }) => action === 'sql.discard'),
    rollsBack: transactions.includes('ROLLBACK'),
    changesPath: operations.some(
      ({ action, facts }) =>
        action === 'sql.set-role' ||
        action === 'sql.grant' ||
        action === 'sql.revoke' ||
        facts.objectKind === 'schema',
    ),
    changesCatalog: effects.some(({ catalogChanged }) => catalogChanged),
    // EXECUTE can be of anything that the extended protocol prepared.
    controlsTransaction:
      transactions.some((command) => !WITHIN_TRANSACTION.has(command)) ||
      effects.some(({ executes }) => executes !== undefined),
    beginsTransaction: statements.length === 1 && transactions.some((one) => BEGINNINGS.has(one)),
    preparesTransaction: transactions.includes('PREPARE TRANSACTION'),
    mayCopyIn: statements.some(
      ({ copy, effects: { executes } }) => copy === 'in' || executes !== undefined,
    ),
    isAmbiguous: operations.some(({ facts }) => facts.ambiguous),
    refersToNames: effects.some(
      ({ executes, fetches }) => executes !== undefined || fetches !== undefined,
    ),
    hasSecrets: operations.some(
      ({ action, facts }) =>
        DEFINING_ACTIONS.has(action) &&
        (KINDS_WITH_SECRETS.has(facts.objectKind) ||
          facts.objects.some((name) => SETTINGS_WITH_SECRETS.has(name))),
    ),
    bytes: statements.reduce((sum, statement) => sum + estimateStatementBytes(statement), 0),
  };
}

function findReason(operations: readonly SqlOperation[]): Summary['reason'] {
  const sets = (setting: string): boolean =>
    operations.some(({ action, facts }) => action === 'sql.set' && facts.objects.includes(setting));
  if (sets(REASON_SETTING)) return 'stated';
  const isDiscarded = operations.some(({ facts }) => facts.command === 'DISCARD ALL');
  return isDiscarded || sets('all') ? 'discarded' : undefined;
}

/** A statement's operations as the policy wants them. */
export function listActions(
  operations: readonly SqlOperation[],
  statementCount: number,
  database: string,
): readonly GuardedAction[] {
  return operations.map(({ action, facts }) => {
    const context: Record<string, Fact> = {
      ...facts,
      database,
      protocol: 'postgres',
      statements: statementCount,
    };
    return { action, facts: context };
  });
}

const NO_EFFECTS: SessionEffects = {
  searchPath: 'unknown',
  searchPathIsLocal: false,
  catalogChanged: true,
  created: [],
  prepares: undefined,
  deallocates: undefined,
  declares: undefined,
  executes: undefined,
  fetches: undefined,
};

/** Stands for what the gateway cannot see: an unknown prepared statement, cursor or function. */
export function opaqueStatement(
  action: 'sql.execute' | 'sql.fetch' | 'sql.function-call',
  command: string,
): Statement {
  return {
    operations: [
      {
        action,
        facts: {
          command,
          reads: [],
          writes: [],
          relations: [],
          columns: [],
          functions: [],
          objectKind: '',
          objects: [],
          hasWhere: false,
          limit: -1,
          bulk: true,
          opaque: true,
          ambiguous: true,
        },
      },
    ],
    effects: NO_EFFECTS,
    start: 0,
    length: 0,
    copy: undefined,
  };
}
