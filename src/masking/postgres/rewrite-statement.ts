import { isUserType } from '../../sql/postgres/built-in-type.ts';
import type {
  ExplainStmt,
  IntoClause,
  Node,
  SelectStmt,
  VacuumStmt,
  VariableSetStmt,
} from '../../sql/postgres/tree.ts';
import {
  constantInteger,
  constantText,
  openNode,
  splitName,
  stringsOf,
} from '../../sql/postgres/tree.ts';
import { isExecuted, isOn } from '../../sql/postgres/utility-statements.ts';
import { copySyntaxOf } from '../rows/copy-syntax.ts';
import { checkConversions } from './conversion-check.ts';
import { rewriteCopy } from './copy-statements.ts';
import { checkDefinition, refuseClassified } from './definition-check.ts';
import type { Columns } from './from-items.ts';
import { checkFunction } from './function-check.ts';
import { checkCounted, checkIsolation, checkSerialized } from './hidden-references.ts';
import { NamedColumns } from './named-columns.ts';
import { COMPUTED, type OutputColumn, UNKNOWN_OUTPUT } from './output-column.ts';
import { type EntryColumn, newLevel } from './query-levels.ts';
import { OUTERMOST, QueryRewriter, type Surroundings } from './query-rewriter.ts';
import { noteBeneath } from './relation-lookup.ts';
import type { StatementRewrite } from './rewrite.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { checkSetting, refuseSettings } from './safe-settings.ts';
import { checkRestart } from './sequence-check.ts';
import { newStatement, type StatementState, type TextState } from './statement-state.ts';

/** Statements of the session, and those that may name whatever they like: they show and test nothing of it. */
const HARMLESS: ReadonlySet<string> = new Set(
  `TransactionStmt VariableShowStmt ListenStmt NotifyStmt UnlistenStmt ClosePortalStmt DeallocateStmt DiscardStmt ConstraintsSetStmt
  CheckPointStmt LockStmt TruncateStmt VacuumStmt`.split(/\s+/),
);

/** Statements during which no code runs but what they call; of those with a query or write in them, that says more. */
const QUIET: ReadonlySet<string> = new Set(
  'SelectStmt ExplainStmt PrepareStmt DeclareCursorStmt CopyStmt VariableSetStmt VariableShowStmt'.split(
    ' ',
  ),
);

/** A query whose rows do not go to the client as they are. */
const STORED: Surroundings = { ...OUTERMOST, isOutermost: false };

/** `CURSOR_OPT_HOLD`: the rows are stored when the transaction ends. */
const cursorOptionHold = 0x0020;

/**
 * Rewrites one statement: its edits go into the text's list, to be applied once all statements are known.
 *
 * @throws {RewriteRefusal}
 */
export function rewriteStatement(text: TextState, node: Node): StatementRewrite {
  const statement = newStatement(text, new NamedColumns(node));
  const rewritten = rewriteNode(statement, node);
  if (text.isSerializable) checkSerialized(statement);
  const columns = checkConversions(statement, node) ? rewritten?.map(doubted) : rewritten;
  // The check of a domain would test a token's value that takes its place.
  const isOpen = (number: number): boolean =>
    'PrepareStmt' in node || isUserType(text.parameterTypes[number - 1] ?? 0);
  statement.keyed.finish(columns, isOpen);
  const { isInDoubt } = statement.keyed;
  for (const source of statement.sources) {
    source.hidesTokens = isInDoubt;
    source.hidesEquals = statement.mayShowEquals;
  }
  for (const decide of statement.rawDecisions) decide();
  for (const decide of statement.decisions) decide();
  for (const edit of statement.finalEdits) edit();
  return {
    outputs: columns?.map(({ output }, index) => {
      const shown = statement.outputOverrides.get(index) ?? output;
      const isHidden = isInDoubt && shown.keyed?.purpose === 'vault';
      return isHidden ? { ...shown, keyed: undefined } : shown;
    }),
    touchesClassified: statement.touchesClassified,
    mayRunHiddenCode: statement.mayRunHiddenCode || !isQuiet(node),
    lookups: statement.keyed.toLookups(),
    ...('CopyStmt' in node && { copy: copySyntaxOf(node.CopyStmt.options) }),
  };
}

/** What code that the configuration vouches for may have computed is looked at. */
function doubted(column: EntryColumn): EntryColumn {
  return column.output === COMPUTED ? { ...column, output: UNKNOWN_OUTPUT } : column;
}

function isQuiet(node: Node): boolean {
  if ('CopyStmt' in node && node.CopyStmt.is_from === true) return false;
  const kind = openNode(node)?.kind;
  return kind !== undefined && QUIET.has(kind);
}

/** Columns of the result; of PREPARE and DECLARE those of the statement they hold. */
function rewriteNode(statement: StatementState, node: Node): Columns {
  const rewriter = new QueryRewriter(statement);
  const opened = openNode(node);
  if (opened === undefined) throw new RewriteRefusal('the statement is empty');
  if ('TruncateStmt' in node) checkRestart(statement, node.TruncateStmt);
  if ('VacuumStmt' in node) noteVacuumed(statement, node.VacuumStmt);
  if ('TransactionStmt' in node) checkModes(statement, node.TransactionStmt.options);
  if (HARMLESS.has(opened.kind)) return undefined;
  if ('SelectStmt' in node) return rewriteSelect(rewriter, node);
  if (isWrite(node)) return rewriter.rewriteQuery(node);
  if ('CopyStmt' in node) return rewriteCopy(rewriter, node.CopyStmt);
  if ('VariableSetStmt' in node) {
    checkVariable(statement, node.VariableSetStmt);
    return [];
  }
  if ('FetchStmt' in node || 'ExecuteStmt' in node) {
    // What it shows is what the held statement shows, which was rewritten when it was made.
    statement.touchesClassified = true;
    checkHeld(statement, 'FetchStmt' in node ? node.FetchStmt.portalname : node.ExecuteStmt.name);
    const params = 'ExecuteStmt' in node ? node.ExecuteStmt.params : undefined;
    rewriter.visit(params, newLevel(undefined, undefined));
    return undefined;
  }
  if ('CallStmt' in node) return checkCall(rewriter, node.CallStmt.funccall);
  if (rewriteHolder(rewriter, node)) return [];
  if ('ExplainStmt' in node) return rewriteExplain(rewriter, node.ExplainStmt);
  if ('PrepareStmt' in node) {
    const { name = '', query } = node.PrepareStmt;
    // A write may send rows of a rule, which are known for what they are only where EXECUTE stands alone.
    if (query !== undefined && isWrite(query)) statement.text.heldNames.delete(name);
    else statement.text.heldNames.add(name);
    return rewriteHeld(rewriter, query, STORED);
  }
  if ('DeclareCursorStmt' in node) {
    const { portalname = '', query, options = 0 } = node.DeclareCursorStmt;
    statement.text.heldNames.add(portalname);
    statement.isCursor = true;
    const isHeld = (options & cursorOptionHold) !== 0;
    return rewriteHeld(rewriter, query, isHeld ? STORED : OUTERMOST);
  }
  checkDefinition(rewriter, opened.kind, opened.body);
  return [];
}

/** What VERBOSE counts in indexes tells whether a column held before what was written over it. */
function noteVacuumed(statement: StatementState, { rels = [] }: VacuumStmt): void {
  if (rels.length === 0) statement.touchesClassified = true;
  for (const one of rels) {
    const range = 'VacuumRelation' in one ? one.VacuumRelation.relation : undefined;
    const { names } = statement.text;
    const { known, isAmbiguous } = names.relation(range?.schemaname, range?.relname ?? '');
    if (isAmbiguous) statement.touchesClassified = true;
    for (const relation of known) noteBeneath(statement, relation);
  }
}

/**
 * Of rows among those of other statements, the second net knows less: they may only be of what this text itself holds, which shows no
 * JSON as it is.
 */
function checkHeld({ text }: StatementState, name = ''): void {
  if (text.statementCount === 1 || text.heldNames.has(name)) return;
  throw new RewriteRefusal(
    'FETCH and EXECUTE stand beside other statements, away from what they refer to',
    'Send each FETCH or EXECUTE as a text of its own.',
  );
}

function isWrite(node: Node): boolean {
  return (
    'InsertStmt' in node || 'UpdateStmt' in node || 'DeleteStmt' in node || 'MergeStmt' in node
  );
}

function rewriteSelect(
  rewriter: QueryRewriter,
  node: { readonly SelectStmt: SelectStmt },
  surroundings: Surroundings = OUTERMOST,
): Columns {
  const isStored = findInto(node.SelectStmt) !== undefined;
  if (isStored) rewriter.statement.keyed.doubt();
  return rewriter.rewriteQuery(node, isStored ? STORED : surroundings);
}

/** `SELECT … INTO`, which in a UNION stands in its leftmost arm. */
function findInto(select: SelectStmt): IntoClause | undefined {
  for (let current: SelectStmt | undefined = select; current !== undefined; current = current.larg)
    if (current.intoClause !== undefined) return current.intoClause;
  return undefined;
}

function rewriteHeld(
  rewriter: QueryRewriter,
  query: Node | undefined,
  surroundings: Surroundings,
): Columns {
  if (query === undefined) return undefined;
  const columns =
    'SelectStmt' in query
      ? rewriteSelect(rewriter, query, surroundings)
      : rewriter.rewriteQuery(query, surroundings);
  // Which rows FETCH and EXECUTE show is not always known: tokens must be known by themselves there.
  if (columns?.some(({ output }) => isBareToken(output)) === true) {
    rewriter.statement.keyed.doubt();
  }
  return columns;
}

function isBareToken({ keyed }: OutputColumn): boolean {
  return keyed?.purpose === 'vault' && keyed.form.kind !== 'prefixed';
}

/** The plan shows the expressions, so there may be no keys in them. */
function rewriteExplain(rewriter: QueryRewriter, { query, options = [] }: ExplainStmt): Columns {
  const { statement } = rewriter;
  statement.isKeyless = true;
  statement.mayShowEquals = true;
  if (query === undefined || 'ExecuteStmt' in query) {
    throw new RewriteRefusal(
      'EXPLAIN EXECUTE would show how data is masked',
      'Use EXPLAIN with the statement itself.',
    );
  }
  if ('CreateTableAsStmt' in query) rewriteHolder(rewriter, query);
  else
    rewriteHeld(
      rewriter,
      'DeclareCursorStmt' in query ? query.DeclareCursorStmt.query : query,
      STORED,
    );
  if (statement.overwritesMasked && isExecuted(options)) {
    throw new RewriteRefusal(
      'EXPLAIN ANALYZE would count what overwriting masked columns takes, which tells whether they held the same before',
      'Use EXPLAIN without ANALYZE, or leave the masked columns out.',
    );
  }
  if (isExecuted(options)) checkCounted(statement);
  if (statement.touchesClassified && isExecuted(options) && isOn(options, /^wal$/i)) {
    throw new RewriteRefusal(
      'EXPLAIN (ANALYZE, WAL) would count the bytes of rows with masked columns, which tells how long they are',
      'Leave WAL out.',
    );
  }
  return [{ name: 'QUERY PLAN', output: COMPUTED }];
}

/** CREATE TABLE AS, CREATE MATERIALIZED VIEW and CREATE VIEW. False for anything else. */
function rewriteHolder(rewriter: QueryRewriter, node: Node): boolean {
  const { statement } = rewriter;
  if ('ViewStmt' in node) {
    const { view, query, replace } = node.ViewStmt;
    if (replace === true) refuseClassified(statement, view?.schemaname, view?.relname ?? '');
    statement.isKeyless = true;
    // What reads the view may do so as it likes.
    statement.mayShowEquals = true;
    rewriteHeld(rewriter, query, STORED);
    refuseSettings(statement.relations);
    return true;
  }
  if (!('CreateTableAsStmt' in node)) return false;
  const { query, objtype } = node.CreateTableAsStmt;
  if (query !== undefined && 'ExecuteStmt' in query) {
    throw new RewriteRefusal(
      'CREATE TABLE AS EXECUTE would store what only the second net may look at',
      'Write the query itself in place of EXECUTE.',
    );
  }
  if (objtype !== 'OBJECT_TABLE') statement.isKeyless = true;
  statement.keyed.doubt();
  rewriteHeld(rewriter, query, STORED);
  return true;
}

function checkVariable(
  statement: StatementState,
  { kind, name = '', args = [] }: VariableSetStmt,
): void {
  if (kind === 'VAR_SET_MULTI') checkModes(statement, args);
  if (kind !== 'VAR_SET_VALUE') {
    checkSetting(name, undefined);
    return;
  }
  const [first] = args;
  const constant = constantText(first) ?? constantInteger(first)?.toString() ?? '?';
  const value = args.length === 1 ? constant : '?';
  checkSetting(name, value);
  checkIsolation(statement, name, value);
}

/** Of BEGIN, SET TRANSACTION and SET SESSION CHARACTERISTICS. */
function checkModes(statement: StatementState, modes: readonly Node[] = []): void {
  for (const mode of modes) {
    if (!('DefElem' in mode)) continue;
    const { defname = '', arg } = mode.DefElem;
    checkIsolation(statement, defname, constantText(arg) ?? '?');
  }
}

function checkCall(
  rewriter: QueryRewriter,
  call: { readonly funcname?: Node[]; readonly args?: Node[] } | undefined,
): Columns {
  const { schema, name } = splitName(stringsOf(call?.funcname));
  rewriter.statement.touchesClassified = true;
  checkFunction(rewriter.statement, schema, name);
  rewriter.visit(call?.args, newLevel(undefined, undefined));
  return undefined;
}
