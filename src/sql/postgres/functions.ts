import type { FuncCall } from 'libpg-query';
import { castText } from './built-in-type.ts';
import { findOpaqueReason } from './opaque-functions.ts';
import { classifySetting, parseSearchPath } from './settings.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import { splitName, stringsOf } from './tree.ts';

/** Notes a call, and what else the function is known to do. */
export function noteFunctionCall(
  builder: StatementBuilder,
  operation: OperationBuilder,
  call: FuncCall,
): void {
  const { schema, name } = splitName(stringsOf(call.funcname));
  noteFunctionName(builder, operation, schema, name);
  if (schema !== undefined && schema !== 'pg_catalog') return;
  if (name === 'set_config') noteSetConfig(builder, operation, call);
  if (name === 'pg_notify') noteNotify(builder, operation, call);
}

/** Notes a function that runs, however the statement came to name it. */
export function noteFunctionName(
  builder: StatementBuilder,
  operation: OperationBuilder,
  schema: string | undefined,
  name: string,
): void {
  const resolved = builder.names.function(schema, name);
  for (const candidate of resolved.names) operation.functions.add(candidate);
  if (resolved.isOpaque) operation.opaque = true;
  if (resolved.isUnresolved) builder.text.unresolved.add(name);

  const reason = findOpaqueReason(name);
  if (
    reason === undefined ||
    resolved.names.every((candidate) => builder.names.isAllowed(candidate))
  )
    return;
  operation.opaque = true;
  if (reason === 'large-object') {
    const largeObject = builder.operation('sql.large-object', operation.command);
    largeObject.opaque = true;
    for (const candidate of resolved.names) largeObject.functions.add(candidate);
  }
}

/** `set_config(name, value, is_local)` is SET in the shape of a function. */
function noteSetConfig(
  builder: StatementBuilder,
  operation: OperationBuilder,
  call: FuncCall,
): void {
  builder.text.dependsOnLiterals = true;
  const [nameNode, valueNode, localNode, ...more] = call.args ?? [];
  const isNamed = call.args?.some((argument) => 'NamedArgExpr' in argument) ?? false;
  const name =
    isNamed || more.length > 0 ? undefined : castText(builder.names, nameNode)?.toLowerCase();
  if (name === undefined) {
    operation.opaque = true;
    // Any setting: also those that policies treat apart.
    for (const action of ['sql.set', 'sql.set-role', 'sql.set-lexing'] as const)
      builder.operation(action, 'SET').opaque = true;
    return;
  }
  const value = castText(builder.names, valueNode);
  builder.operation(classifySetting(name, value), 'SET').objects.add(name);
  // Under another role, "$user" in the path means another schema.
  if (name === 'role' || name === 'session_authorization') builder.effects.searchPath = 'unknown';
  if (name !== 'search_path') return;
  const path =
    value === undefined ? undefined : parseSearchPath(value, builder.names.encodings.server);
  // A second call in the same statement: which one is last is not ours to say.
  const isSecond = builder.effects.searchPath !== undefined;
  builder.effects.searchPath = path === undefined || isSecond ? 'unknown' : path;
  const isSession =
    localNode !== undefined &&
    'A_Const' in localNode &&
    localNode.A_Const.boolval?.boolval !== true;
  builder.effects.searchPathIsLocal = !isSession;
}

function noteNotify(builder: StatementBuilder, operation: OperationBuilder, call: FuncCall): void {
  builder.text.dependsOnLiterals = true;
  const channel = castText(builder.names, call.args?.[0]);
  builder.operation('sql.notify', operation.command).objects.add(channel ?? '?');
}
