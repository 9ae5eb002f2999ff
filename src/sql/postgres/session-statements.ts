import type { Node, VariableSetStmt } from 'libpg-query';
import { noteDependents } from './definition-statements.ts';
import { classifySetting } from './settings.ts';
import type { StatementBuilder } from './statement-builder.ts';
import type { StatementHandlers } from './statement-walk.ts';
import { constantInteger, constantText } from './tree.ts';

const TRANSACTION_COMMANDS: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/** Statements that change or show the session. */
export const sessionStatements: StatementHandlers = {
  VariableSetStmt: (set, { builder }) => noteSet(builder, set),
  VariableShowStmt: ({ name = '' }, { builder }) => {
    builder.operation('sql.show', 'SHOW').objects.add(name.toLowerCase());
  },
  ConstraintsSetStmt: (_, { builder }) => {
    builder.operation('sql.set', 'SET CONSTRAINTS').objects.add('constraints');
  },
  TransactionStmt: ({ kind = '' }, { builder }) => {
    builder.operation('sql.transaction', TRANSACTION_COMMANDS[kind] ?? 'TRANSACTION');
    if (kind !== 'TRANS_STMT_COMMIT_PREPARED') return;
    // What it drops was said in another session, or long ago.
    builder.effects.catalogChanged = true;
    noteDependents(builder);
  },
  PrepareStmt: ({ name = '', query }, { builder, walkNested, analyseApart }) => {
    builder.operation('sql.prepare', 'PREPARE').objects.add(name);
    if (query === undefined) return;
    const effects = { ...builder.effects };
    walkNested(query);
    // Nothing has happened yet.
    Object.assign(builder.effects, effects);
    builder.effects.prepares = { name, statement: analyseApart(query).build(0, 0) };
  },
  ExecuteStmt: ({ name = '', params }, { builder, queries }) => {
    const operation = builder.operation('sql.execute', 'EXECUTE');
    operation.objects.add(name);
    operation.opaque = true;
    queries.walkExpressions(params, operation);
    builder.effects.executes = name;
  },
  DeallocateStmt: ({ name, isall }, { builder }) => {
    const isAll = isall === true || name === undefined;
    builder.operation('sql.deallocate', 'DEALLOCATE').objects.add(isAll ? 'all' : name);
    builder.effects.deallocates = { name: isAll ? 'all' : name };
  },
  DeclareCursorStmt: ({ portalname: name = '', query }, { builder, walkNested, analyseApart }) => {
    builder.operation('sql.declare', 'DECLARE CURSOR').objects.add(name);
    if (query === undefined) return;
    walkNested(query);
    builder.effects.declares = { name, statement: analyseApart(query).build(0, 0) };
  },
  FetchStmt: ({ portalname: name = '', ismove }, { builder }) => {
    const operation = builder.operation('sql.fetch', ismove === true ? 'MOVE' : 'FETCH');
    operation.objects.add(name);
    operation.opaque = true;
    builder.effects.fetches = name;
  },
  ClosePortalStmt: ({ portalname = 'all' }, { builder }) => {
    builder.operation('sql.close', 'CLOSE CURSOR').objects.add(portalname);
  },
  ListenStmt: ({ conditionname = '' }, { builder }) => {
    builder.operation('sql.listen', 'LISTEN').objects.add(conditionname);
  },
  NotifyStmt: ({ conditionname = '' }, { builder }) => {
    builder.operation('sql.notify', 'NOTIFY').objects.add(conditionname);
  },
  UnlistenStmt: ({ conditionname = '*' }, { builder }) => {
    builder.operation('sql.unlisten', 'UNLISTEN').objects.add(conditionname);
  },
  DiscardStmt: ({ target = 'DISCARD_ALL' }, { builder }) => {
    const what = target.replace('DISCARD_', '');
    builder.operation('sql.discard', `DISCARD ${what}`).objects.add(what.toLowerCase());
    if (what === 'ALL' || what === 'TEMP') builder.effects.catalogChanged = true;
    if (what !== 'ALL') return;
    builder.effects.searchPath = 'unknown';
    builder.effects.deallocates = { name: 'all' };
  },
};

function noteSet(builder: StatementBuilder, set: VariableSetStmt): void {
  const { kind, name = '', args = [], is_local: isLocal = false } = set;
  const setting = name.toLowerCase();
  if (kind === 'VAR_SET_MULTI' && setting !== 'session characteristics') {
    builder.operation('sql.transaction', 'SET');
    return;
  }
  if (kind === 'VAR_RESET_ALL') {
    // What the session began with, which the gateway has seen: only the path may be one we do not know.
    builder.operation('sql.set', 'RESET').objects.add('all');
    builder.effects.searchPath = 'unknown';
    return;
  }
  const command = kind === 'VAR_RESET' ? 'RESET' : 'SET';
  const values = kind === 'VAR_SET_VALUE' ? args.map(settingText) : [undefined];
  const [value] = values;
  const isOne = values.length === 1;
  builder
    .operation(classifySetting(setting, isOne ? value : undefined), command)
    .objects.add(setting);

  // Under another role, "$user" in the path means another schema.
  if (setting === 'role' || setting === 'session_authorization')
    builder.effects.searchPath = 'unknown';
  if (setting !== 'search_path') return;
  const path = values.filter((part) => part !== undefined);
  builder.effects.searchPath = path.length === values.length ? path : 'unknown';
  builder.effects.searchPathIsLocal = isLocal;
}

/** A value as SET takes it: identifiers arrive as strings, numbers as themselves. */
function settingText(node: Node): string | undefined {
  return constantText(node) ?? constantInteger(node)?.toString();
}
