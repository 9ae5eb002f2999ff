import type { ExplainedStatement, Explanation } from '../api/explanation.ts';
import type { Policies } from '../gateway/policies.ts';
import type { Principal } from '../identity/principal.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import type { Decision } from '../policy/decision.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import type { CatalogCache } from '../protocols/postgres/catalog-cache.ts';
import { HeldInMessage, type HeldStatements } from '../protocols/postgres/held-in-message.ts';
import { listActions } from '../protocols/postgres/operation-summary.ts';
import { phraseRefusal } from '../protocols/postgres/refusal.ts';
import { analyze } from '../sql/postgres/analyze.ts';
import type { Catalog, NameContext } from '../sql/postgres/catalog.ts';
import { withHeldStatement } from '../sql/postgres/held-statement.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { Analysis, Statement } from '../sql/statement.ts';
import type { PostgresTarget } from '../targets/target.ts';
import { explainMasks, type MaskExplanation } from './explain-masks.ts';
import { describeDecision, explainOperation } from './explain-operation.ts';

/** The gateway's own parts, so that an explanation is what a session would get. */
export interface ExplainParts {
  readonly policies: Policies;
  readonly parser: SqlParser;
  /** Undefined for a target without a data map. */
  readonly findMasking: (targetName: string) => TargetMasking | undefined;
  readonly findCatalogs: (
    target: PostgresTarget,
    database: string,
  ) => Pick<CatalogCache, 'current' | 'isTooOld' | 'refresh'>;
  /** How a session that begins now reads names and text. */
  readonly readNameContext: (
    target: PostgresTarget,
    database: string,
    signal: AbortSignal,
  ) => Promise<NameContext>;
}

/** Who asks about what. */
export interface Explainable {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. */
  readonly grants: readonly string[];
  readonly target: PostgresTarget;
  readonly database: string;
  readonly sql: string;
}

/**
 * Says what would become of a text if it were a session's first message. Nothing of it reaches the target, of which only the
 * catalog is read.
 *
 * @throws {UpstreamError} If the catalog cannot be read.
 */
export async function explainStatement(
  parts: ExplainParts,
  question: Explainable,
  signal: AbortSignal,
): Promise<Explanation> {
  const { target, database, sql } = question;
  const names = await parts.readNameContext(target, database, signal);
  const { analysis, catalog } = await analyzeFresh(parts, question, names);
  const statements = explainStatements(parts.policies, question, analysis);
  const decision = combineDecisions(statements.map(({ decision: each }) => each));
  const explained: Explanation = {
    target: target.name,
    database,
    searchPath: names.searchPaths?.[0] ?? [],
    outcome: decision.kind === 'allow' ? 'run' : decision.kind === 'review' ? 'review' : 'refused',
    ...describeRefusal(decision, analysis),
    statements: statements.map(({ explanation }) => explanation),
  };
  // An empty text has nothing to decide; and whoever may not do something learns no more of it.
  if (statements.length === 0)
    return { ...explained, outcome: 'run', refusal: undefined, sent: sql };
  if (decision.kind === 'deny') return explained;
  const masks = explainMasks({ ...parts, question, catalog, names, analysis });
  return withMasks(explained, masks);
}

/**
 * What a text does, as policies are asked about it. Undefined where it names what a session prepared
 * before, or what the catalog of today does not have.
 *
 * @throws {UpstreamError} If the catalog cannot be read.
 */
export async function analyseActions(
  {
    parser,
    names,
    catalogs,
  }: {
    readonly parser: SqlParser;
    readonly names: NameContext;
    readonly catalogs: Pick<CatalogCache, 'current' | 'isTooOld' | 'refresh'>;
  },
  { database, sql }: Pick<Explainable, 'database' | 'sql'>,
): Promise<readonly GuardedAction[] | undefined> {
  const known = catalogs.isTooOld ? undefined : catalogs.current;
  const catalog = known ?? (await catalogs.refresh());
  const { statements, unresolved } = analyze(sql, parser, catalog, names);
  const namesHeld = statements.some(
    ({ effects: { executes, fetches } }) => executes !== undefined || fetches !== undefined,
  );
  if (namesHeld || unresolved.length > 0) return undefined;
  return statements.flatMap(({ operations }) =>
    listActions(operations, statements.length, database),
  );
}

function withMasks(explained: Explanation, masks: MaskExplanation): Explanation {
  const { sent, columns, shown, outputs, refusal } = masks;
  const known = { ...explained, columns, shown };
  if (refusal !== undefined) return { ...known, outcome: 'refused', refusal };
  const statements = explained.statements.map((statement, index) => {
    const of = outputs[index];
    return of === undefined ? statement : { ...statement, outputs: of };
  });
  return { ...known, sent, statements };
}

/** With a catalog in which the names of the text are looked up again if they are not known. */
async function analyzeFresh(
  { parser, findCatalogs }: ExplainParts,
  { target, database, sql }: Explainable,
  names: NameContext,
): Promise<{ readonly analysis: Analysis; readonly catalog: Catalog }> {
  const catalogs = findCatalogs(target, database);
  const known = catalogs.isTooOld ? undefined : catalogs.current;
  if (known !== undefined) {
    const analysis = analyze(sql, parser, known, names);
    if (analysis.unresolved.length === 0) return { analysis, catalog: known };
  }
  const catalog = await catalogs.refresh();
  return { analysis: analyze(sql, parser, catalog, names), catalog };
}

interface DecidedStatement {
  readonly decision: Decision;
  readonly explanation: ExplainedStatement;
}

function explainStatements(
  policies: Policies,
  question: Explainable,
  { statements }: Analysis,
): readonly DecidedStatement[] {
  // A session that has just begun holds nothing under any name.
  const held = new HeldInMessage(({ effects: { executes, fetches } }) =>
    executes === undefined && fetches === undefined ? undefined : 'unknown',
  );
  return statements.map((statement) => {
    const actions = actionsOf(statement, held.follow(statement), statements.length, question);
    const decided = actions.map((action) => explainOperation(policies, question, action));
    const decision = combineDecisions(decided.map(({ decision: each }) => each));
    const explanation: ExplainedStatement = {
      text: question.sql.slice(statement.start, statement.start + statement.length).trim(),
      decision: describeDecision(decision),
      operations: decided.map(({ operation }) => operation),
    };
    return { decision, explanation };
  });
}

function actionsOf(
  statement: Statement,
  held: HeldStatements,
  statementCount: number,
  { database }: Explainable,
): readonly GuardedAction[] {
  if (held === undefined || held === 'unknown') {
    return listActions(statement.operations, statementCount, database);
  }
  return held.flatMap((inner) =>
    listActions(withHeldStatement(statement, inner), statementCount, database),
  );
}

/** As the client would be told; of a text that cannot be read, why that is comes first. */
function describeRefusal(
  decision: Decision,
  { syntaxError, refusal: unread }: Analysis,
): Pick<Explanation, 'refusal'> {
  if (decision.kind === 'allow') return {};
  const { message, hint } = phraseRefusal(decision);
  const problem =
    syntaxError === undefined
      ? unread
      : `${syntaxError.message} at character ${syntaxError.position}`;
  return { refusal: { reason: problem === undefined ? message : `${problem}; ${message}`, hint } };
}
