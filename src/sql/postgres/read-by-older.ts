import type { Node } from 'libpg-query';
import { splitName, stringsOf } from './tree.ts';

/** What a server reads where the grammar of a newer one has a word of its own. */
export type OlderReading =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'column'; readonly name: string };

/** Kinds of nodes that are calls of functions to servers older than that, by the names of the words. */
const CALLS: Readonly<Record<string, readonly [since: number, name: string]>> = {
  JsonObjectConstructor: [160_000, 'json_object'],
  JsonArrayConstructor: [160_000, 'json_array'],
  JsonArrayQueryConstructor: [160_000, 'json_array'],
  JsonObjectAgg: [160_000, 'json_objectagg'],
  JsonArrayAgg: [160_000, 'json_arrayagg'],
  JsonParseExpr: [170_000, 'json'],
  JsonScalarExpr: [170_000, 'json_scalar'],
  JsonSerializeExpr: [170_000, 'json_serialize'],
  MergeSupportFunc: [170_000, 'merge_action'],
};

/** `JSON_VALUE_OP` is `json_value`. */
const QUERIES_SINCE = 170_000;

/** Words that the grammar itself turns into calls of what is in `pg_catalog`. */
const OWN_CALLS: Readonly<Record<string, readonly [since: number, OlderReading['kind']]>> = {
  json_object: [160_000, 'function'],
  system_user: [160_000, 'column'],
};

/**
 * How a server reads a node that stands for a word which its own grammar does not have: `json_value(a, b)` calls whatever function somebody
 * named so. Undefined: as it is parsed.
 */
export function readByOlder(node: Node, serverVersion: number): OlderReading | undefined {
  if (serverVersion >= QUERIES_SINCE) return undefined;
  if ('FuncCall' in node) return readOwnCall(stringsOf(node.FuncCall.funcname), serverVersion);
  if ('JsonFuncExpr' in node) {
    const name = (node.JsonFuncExpr.op ?? '').replace(/_OP$/u, '').toLowerCase();
    return { kind: 'function', name };
  }
  for (const kind of Object.keys(node)) {
    const [since, name] = CALLS[kind] ?? [0, ''];
    if (serverVersion < since) return { kind: 'function', name };
  }
  return undefined;
}

function readOwnCall(names: readonly string[], serverVersion: number): OlderReading | undefined {
  const { schema, name } = splitName(names);
  const [since, kind] = OWN_CALLS[name] ?? [0, 'function'];
  return schema === 'pg_catalog' && serverVersion < since ? { kind, name } : undefined;
}
