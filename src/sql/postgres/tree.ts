import type { Node, RangeVar, TypeName } from 'libpg-query';

/** Nodes of the parse tree, for those who change it. */
export type {
  ColumnRef,
  CopyStmt,
  DeleteStmt,
  DropStmt,
  ExplainStmt,
  FuncCall,
  InsertStmt,
  IntoClause,
  JoinExpr,
  MergeStmt,
  Node,
  OnConflictClause,
  RangeVar,
  ResTarget,
  ReturningClause,
  SelectStmt,
  TypeName,
  UpdateStmt,
  VacuumStmt,
  VariableSetStmt,
  WithClause,
} from 'libpg-query';

type KindsOf<T> = T extends unknown ? keyof T : never;

/** Name of a parse-tree node, as in PostgreSQL's `parsenodes.h`. */
export type NodeKind = KindsOf<Node>;

/** Fields of a node of that kind. */
export type BodyOf<K extends NodeKind> =
  Extract<Node, Record<K, unknown>> extends Record<K, infer Body> ? Body : never;

/** Name and fields of a node: the JSON form is an object with the kind as its only key. Undefined for an empty node. */
export function openNode(
  node: Node,
): { readonly kind: NodeKind; readonly body: object } | undefined {
  for (const [kind, body] of Object.entries(node)) {
    return { kind: kind as NodeKind, body };
  }
  return undefined;
}

/** Strings of a list of `String` nodes; others are left out. */
export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  const strings: string[] = [];
  for (const node of nodes ?? []) {
    if ('String' in node) strings.push(node.String.sval ?? '');
  }
  return strings;
}

/**
 * The text of a string constant, bare (`String`) or in an expression (`A_Const`), also under a cast to a text type that is certain to
 * leave it as it is: to one with a length it may become shorter, and what `text` means alone, the session may have changed.
 */
export function constantText(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('String' in node) return node.String.sval ?? '';
  if ('A_Const' in node)
    return node.A_Const.sval === undefined ? undefined : (node.A_Const.sval.sval ?? '');
  if ('TypeCast' in node) {
    const { typeName, arg } = node.TypeCast;
    const [schema, name = ''] = plainTypeName(typeName);
    return schema === 'pg_catalog' && TEXT_TYPES.has(name) ? constantText(arg) : undefined;
  }
  return undefined;
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['text', 'varchar']);

/** The parts of a type's name as it is written; none if it has a modifier or is an array. */
export function plainTypeName({ names, typmods, arrayBounds }: TypeName = {}): readonly string[] {
  return typmods === undefined && arrayBounds === undefined ? stringsOf(names) : [];
}

/** An integer constant. PostgreSQL's JSON leaves a 0 out. */
export function constantInteger(node: Node | undefined): number | undefined {
  if (node === undefined || !('A_Const' in node)) return undefined;
  const { ival } = node.A_Const;
  return ival === undefined ? undefined : (ival.ival ?? 0);
}

/** RangeVars also stand in fields without their kind around them; they alone have a `relname`. */
export function isRangeVar(body: object): body is RangeVar {
  return 'relname' in body && 'relpersistence' in body;
}

/** A qualified name: the last part, and the one before it. */
export function splitName(parts: readonly string[]): {
  readonly schema: string | undefined;
  readonly name: string;
} {
  return { schema: parts.at(-2), name: parts.at(-1) ?? '' };
}
