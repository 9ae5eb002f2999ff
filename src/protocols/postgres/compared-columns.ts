import type { ParsedStatement } from '../../sql/postgres/parser.ts';

/** Columns that a value of a statement is compared with or written to, by name. */
export interface ComparedColumns {
  /** By the location of the constant in the text, in UTF-8 bytes. Undefined: it says how many rows, or which column of the result. */
  readonly constants: ReadonlyMap<number, readonly string[] | undefined>;
  /** By the number of the parameter, from 1. */
  readonly parameters: ReadonlyMap<number, readonly string[]>;
  /** Names that the statement gives to something: as a column's name they could mean any column. */
  readonly given: ReadonlySet<string>;
}

/** Fields in which a number is no value of anybody's: LIMIT, OFFSET, the length of a type, the number of an output column. */
const COUNTING: ReadonlySet<string> = new Set([
  'limitCount',
  'limitOffset',
  'typmods',
  'arrayBounds',
]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Says for each constant and parameter which columns stand near it in the statement: those of the comparison or
 * call it is in, or the one it is written to. Names only; what they mean is for the caller to find out.
 *
 * @param columnsOf The columns of a table in their order, for INSERT without a list of columns.
 */
export function findComparedColumns(
  statements: readonly ParsedStatement[],
  columnsOf: (schema: string | undefined, name: string) => readonly string[],
): ComparedColumns {
  const walk = new ComparedColumnsWalk(columnsOf);
  for (const { node } of statements) walk.visit(node, []);
  return walk;
}

class ComparedColumnsWalk implements ComparedColumns {
  readonly constants = new Map<number, readonly string[] | undefined>();
  readonly parameters = new Map<number, readonly string[]>();
  readonly given = new Set<string>();
  readonly #columnsOf: Parameters<typeof findComparedColumns>[1];

  constructor(columnsOf: Parameters<typeof findComparedColumns>[1]) {
    this.#columnsOf = columnsOf;
  }

  /** @param near Columns around the node. */
  visit(node: unknown, near: readonly string[]): void {
    if (Array.isArray(node)) {
      for (const item of node) this.visit(item, near);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    for (const [kind, body] of Object.entries(node)) {
      if (typeof body === 'object' && body !== null) this.#visitKind(kind, body as Fields, near);
    }
  }

  #visitKind(kind: string, body: Fields, near: readonly string[]): void {
    switch (kind) {
      case 'A_Const':
        return this.#note(body, near);
      case 'ParamRef': {
        const number = Number(body['number'] ?? 0);
        this.parameters.set(number, union(this.parameters.get(number) ?? [], near));
        return;
      }
      case 'A_Expr':
      case 'FuncCall':
      case 'CaseExpr':
      case 'SubLink':
      case 'RowExpr':
      case 'MinMaxExpr':
      case 'CoalesceExpr':
        return this.visit(body, union(near, columnsIn(body)));
      case 'InsertStmt':
        return this.#visitInsert(body);
      case 'MergeWhenClause':
        return this.#visitMergeClause(body, near);
      case 'UpdateStmt':
      case 'onConflictClause':
        this.#visitSet(body['targetList']);
        return this.visit({ ...body, targetList: undefined }, []);
      case 'SelectStmt':
        for (const name of namesOf(body['targetList'])) this.given.add(name);
        return this.visit(body, []);
      case 'SortBy':
        if (isConstant(body['node'])) return this.#forget(body['node']);
        break;
    }
    if (Array.isArray(body)) {
      if (kind === 'colnames' || kind === 'aliascolnames') this.#noteGiven(body);
      if (COUNTING.has(kind)) this.#forget(body);
      else if (kind === 'groupClause') for (const item of body) this.#visitGroup(item, near);
      else this.visit(body, near);
      return;
    }
    if (COUNTING.has(kind)) return isConstant(body) ? this.#forget(body) : this.visit(body, near);
    this.visit(body, near);
  }

  #noteGiven(names: readonly unknown[]): void {
    for (const name of names) {
      const text = ((name as Fields)['String'] as Fields | undefined)?.['sval'];
      if (typeof text === 'string') this.given.add(text);
    }
  }

  #visitGroup(item: unknown, near: readonly string[]): void {
    if (isConstant(item)) this.#forget(item);
    else this.visit(item, near);
  }

  #visitInsert(body: Fields): void {
    const { relname, schemaname } = (body['relation'] ?? {}) as Fields;
    const named = namesOf(body['cols']);
    const columns =
      named.length > 0 ? named : this.#columnsOf(textOf(schemaname), textOf(relname) ?? '');
    const select = ((body['selectStmt'] ?? {}) as Fields)['SelectStmt'] as Fields | undefined;
    if (select !== undefined) {
      for (const list of (select['valuesLists'] ?? []) as readonly Fields[]) {
        this.#visitByPlace(((list['List'] ?? {}) as Fields)['items'], columns);
      }
      this.#visitOutputs(select, columns);
      this.visit({ SelectStmt: { ...select, valuesLists: undefined } }, []);
    }
    this.visit({ ...body, selectStmt: undefined }, []);
  }

  /** What a SELECT, or each arm of its UNION, shows is written to the columns in their order. */
  #visitOutputs(select: Fields, columns: readonly string[]): void {
    const targets = (select['targetList'] ?? []) as readonly Fields[];
    this.#visitByPlace(
      targets.map((target) => ((target['ResTarget'] ?? {}) as Fields)['val']),
      columns,
    );
    for (const side of ['larg', 'rarg']) {
      const arm = select[side] as Fields | undefined;
      if (arm !== undefined) this.#visitOutputs(arm, columns);
    }
  }

  #visitByPlace(values: unknown, columns: readonly string[]): void {
    for (const [place, value] of ((values ?? []) as readonly unknown[]).entries()) {
      const column = columns[place];
      this.visit(value, column === undefined ? [] : [column]);
    }
  }

  #visitMergeClause(body: Fields, near: readonly string[]): void {
    const columns = namesOf(body['targetList']);
    this.#visitByPlace(body['values'], columns);
    this.#visitSet(body['targetList']);
    this.visit(body['condition'], near);
  }

  /** `SET column = value`; of `SET (a, b) = (1, 2)` each value is taken for any of them. */
  #visitSet(targets: unknown): void {
    const all = namesOf(targets);
    for (const target of (targets ?? []) as readonly Fields[]) {
      const { name, val } = (target['ResTarget'] ?? {}) as Fields;
      if (typeof val !== 'object' || val === null) continue;
      this.visit(val, 'MultiAssignRef' in val ? all : [textOf(name) ?? '']);
    }
  }

  #note(constant: Fields, near: readonly string[]): void {
    const location = Number(constant['location'] ?? 0);
    const before = this.constants.get(location);
    // Some constants stand in the tree twice: for a value of either column.
    this.constants.set(location, union(before ?? [], near));
  }

  #forget(node: unknown): void {
    const nodes = Array.isArray(node) ? node : [node];
    for (const one of nodes) {
      const constant = (one as Fields)['A_Const'] as Fields | undefined;
      if (constant !== undefined) {
        this.constants.set(Number(constant['location'] ?? 0), undefined);
      }
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isConstant(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'A_Const' in node;
}

/** Names of ResTargets. */
function namesOf(targets: unknown): readonly string[] {
  return ((targets ?? []) as readonly Fields[]).flatMap((target) => {
    const name = textOf(((target['ResTarget'] ?? {}) as Fields)['name']);
    return name === undefined ? [] : [name];
  });
}

/** Last parts of the column names in an expression, those of its sub-selects left out. `*` stands for a whole row. */
function columnsIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return [...new Set(node.flatMap((item) => columnsIn(item)))];
  if (typeof node !== 'object' || node === null) return [];
  return [
    ...new Set(
      Object.entries(node).flatMap(([kind, body]) => {
        if (kind === 'SelectStmt') return [];
        if (kind !== 'ColumnRef') return columnsIn(body);
        const fields = ((body as Fields)['fields'] ?? []) as readonly Fields[];
        const last = fields.at(-1)?.['String'] as Fields | undefined;
        return [last === undefined ? '*' : (textOf(last['sval']) ?? '')];
      }),
    ),
  ];
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.length === 0) return other;
  return other.length === 0 ? one : [...new Set([...one, ...other])];
}
