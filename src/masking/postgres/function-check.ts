import { readByOlder } from '../../sql/postgres/read-by-older.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { isSafeFunction } from './safe-functions.ts';
import { checkSequence } from './sequence-check.ts';
import type { StatementState } from './statement-state.ts';

/**
 * Lets a call pass if whatever function the name may mean is a built-in that only computes, or one that the target's configuration
 * vouches for.
 *
 * @throws {RewriteRefusal}
 */
export function checkFunction(
  statement: StatementState,
  schema: string | undefined,
  name: string,
): void {
  const { names } = statement.text;
  for (const candidate of names.function(schema, name).names) {
    if (names.isAllowed(candidate)) {
      statement.callsUserCode = true;
      continue;
    }
    const isBuiltIn = candidate === `pg_catalog.${name}`;
    const isReplaced = names.catalog.userFunctionSchemas(name).includes('pg_catalog');
    if (isBuiltIn && !isReplaced && isSafeFunction(name)) continue;
    // Ships with PostgreSQL: `_pg_expandarray` and its kin, which drivers call.
    const isOfSchema = candidate === `information_schema.${name}` && name.startsWith('_pg_');
    if (isOfSchema && !names.catalog.userFunctionSchemas(name).includes('information_schema'))
      continue;
    const hint =
      !isBuiltIn && schema === undefined && isSafeFunction(name)
        ? `Write pg_catalog.${name} if PostgreSQL's own function is meant.`
        : `Have "${candidate}" added to functionsAllowed in the target's configuration if it shows no one what they may not see.`;
    throw new RewriteRefusal(`the function ${candidate} may read data that is masked`, hint);
  }
}

/**
 * Lets a word of the grammar pass that the server has, too, or that would call there what a call could name.
 *
 * @throws {RewriteRefusal}
 */
export function checkOlder(statement: StatementState, node: Node): void {
  const reading = readByOlder(node, statement.text.names.catalog.serverVersion);
  if (reading?.kind === 'function') checkFunction(statement, undefined, reading.name);
  if (reading?.kind !== 'column') return;
  throw new RewriteRefusal(
    `${reading.name} is the name of a column to this server, and a word of its own to newer ones`,
    `Write "${reading.name}" in double quotes if the column is meant.`,
  );
}

/** `x.name` and `(x).name` call a function of that name if x has no such field. */
export function checkField(statement: StatementState, name: string): void {
  const { catalog } = statement.text.names;
  const isFunction =
    catalog.isBuiltInFunction(name) || catalog.userFunctionSchemas(name).length > 0;
  if (!isFunction) return;
  checkFunction(statement, undefined, name);
  checkSequence(statement, name, undefined);
}

/** What the grammar's own words look up. */
const OPERATORS_OF_WORDS: Readonly<Record<string, readonly string[]>> = {
  BETWEEN: ['>=', '<='],
  'BETWEEN SYMMETRIC': ['>=', '<='],
  'NOT BETWEEN': ['<', '>'],
  'NOT BETWEEN SYMMETRIC': ['<', '>'],
};

/**
 * Lets an operator pass that is certainly PostgreSQL's own, or for which the target's configuration vouches as `schema.operator`. That
 * entry stands for every operator of its name, since the catalog does not say whose an operator is.
 *
 * @throws {RewriteRefusal}
 */
export function checkOperator(statement: StatementState, parts: readonly string[]): void {
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  for (const operator of OPERATORS_OF_WORDS[name] ?? [name]) {
    if (isOwnOperator(statement, schema, operator)) continue;
    throw new RewriteRefusal(
      `the operator ${operator} may be one that is not PostgreSQL's own`,
      `Write OPERATOR(pg_catalog.${operator}), or have "${schema ?? 'public'}.${operator}" added to functionsAllowed in the target's configuration.`,
    );
  }
}

function isOwnOperator(
  { text: { names, functionsAllowed } }: StatementState,
  schema: string | undefined,
  operator: string,
): boolean {
  if (schema === 'pg_catalog') return true;
  if (schema !== undefined) return names.isAllowed(`${schema}.${operator}`);
  if (!names.catalog.hasUserOperator(operator)) return true;
  return [...functionsAllowed].some((allowed) => allowed.endsWith(`.${operator}`));
}
