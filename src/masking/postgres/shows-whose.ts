import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { BodyOf, Node, SelectStmt } from '../../sql/postgres/tree.ts';
import { isRangeVar, stringsOf } from '../../sql/postgres/tree.ts';
import { isKnownType, type NamedPatientsOptions, splitConditions } from './named-patients.ts';
import { fieldsOf } from './statement-state.ts';
import { isOfOne, type WhoseRows } from './whose-rows.ts';

/** Says which rows there are, and goes into none. */
const CONDITIONS: ReadonlySet<string> = new Set([
  ...['whereClause', 'havingClause', 'quals', 'sortClause', 'limitCount', 'limitOffset'],
]);

/**
 * Whether each row that a statement shows has values of no patients but those whose keys stand in it: of one relation with a patient
 * key, or of several in one FROM whose keys are equal to one that is shown. A window, or a group of all groups, reaches into other rows.
 * Which rows others decide about does not matter.
 */
export function showsWhose(node: Node, options: NamedPatientsOptions): boolean {
  return whoseRows(node, options) === 'shown';
}

/** The same, and whether patients come into it at all. */
export function whoseRows(node: Node, options: NamedPatientsOptions): WhoseRows {
  const query = queryOf(node);
  if (query === undefined) return 'others';
  const uses = new RelationUses();
  uses.look(query);
  const patients = uses.countPatients(options);
  if (patients === 0) return 'nobody';
  if (patients === undefined || uses.reachesIntoRows) return 'others';
  if (patients === 1) return 'shown';
  return 'SelectStmt' in query && showsEach(query.SelectStmt, options) ? 'shown' : 'others';
}

/** What is prepared, opened or copied. */
function queryOf(node: Node): Node | undefined {
  if ('PrepareStmt' in node) return node.PrepareStmt.query;
  if ('DeclareCursorStmt' in node) return node.DeclareCursorStmt.query;
  if ('CopyStmt' in node && node.CopyStmt.query !== undefined) return node.CopyStmt.query;
  return node;
}

/** The relations from which values of a result may come, each as often as it is written. */
class RelationUses {
  readonly #relations: { readonly schema: string | undefined; readonly name: string }[] = [];
  readonly #ctes = new Set<string>();
  reachesIntoRows = false;

  look(value: unknown): void {
    if (Array.isArray(value)) {
      for (const each of value) this.look(each);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (isRangeVar(value)) {
      this.#relations.push({ schema: value.schemaname, name: value.relname ?? '' });
    }
    if ('CommonTableExpr' in value) {
      this.#ctes.add((value as BodyNode<'CommonTableExpr'>).CommonTableExpr.ctename ?? '');
    }
    if ('over' in value || 'GroupingSet' in value) this.reachesIntoRows = true;
    for (const [field, child] of Object.entries(value)) {
      if (!CONDITIONS.has(field)) this.look(child);
    }
  }

  /** How many have a patient key; undefined where that is not certain, or what WITH names is read twice. */
  countPatients(options: NamedPatientsOptions): number | undefined {
    const { classification, findRelation } = options;
    const read = new Set<string>();
    let count = 0;
    for (const { schema, name } of this.#relations) {
      if (schema === undefined && this.#ctes.has(name)) {
        if (read.has(name)) return undefined;
        read.add(name);
        continue;
      }
      const relation = findRelation(schema, name);
      if (relation === undefined || !isOfOne(relation, options)) return undefined;
      if (classification.find(relation.oid)?.patientKey !== undefined) count += 1;
    }
    return count;
  }
}

type BodyNode<K extends 'CommonTableExpr'> = Readonly<Record<K, BodyOf<K>>>;

/** A relation in FROM. */
interface Source {
  readonly alias: string;
  readonly relation: CatalogRelation;
}

/** Two columns that are equal in each row which `within` has a row in. */
interface Equality {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly within: ReadonlySet<string> | 'all';
}

function showsEach(select: SelectStmt, options: NamedPatientsOptions): boolean {
  const { withClause, larg, targetList, fromClause = [], whereClause } = select;
  if (withClause !== undefined || larg !== undefined || hasQuery([targetList, fromClause]))
    return false;
  const joins = new Joins(options);
  for (const item of fromClause) if (joins.take(item) === undefined) return false;
  joins.takeConditions(whereClause, 'all');
  return joins.shows(targetList ?? []);
}

function hasQuery(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('SubLink' in value || 'RangeSubselect' in value) return true;
  return Object.entries(value).some(([field, child]) => !CONDITIONS.has(field) && hasQuery(child));
}

/** What is in FROM, and which of it is a row of the same patient wherever it is a row at all. */
class Joins {
  readonly #options: NamedPatientsOptions;
  readonly #sources = new Map<string, Source>();
  readonly #equalities: Equality[] = [];
  /** By name of a column that USING merged: the source whose column it shows. */
  readonly #merged = new Map<string, string>();

  constructor(options: NamedPatientsOptions) {
    this.#options = options;
  }

  /** The aliases in an item of FROM; undefined if it is none that is understood. */
  take(item: Node): ReadonlySet<string> | undefined {
    if ('RangeVar' in item) {
      const {
        schemaname,
        relname = '',
        alias: { aliasname: alias = relname, colnames } = {},
      } = item.RangeVar;
      const relation = this.#options.findRelation(schemaname, relname);
      if (relation === undefined || colnames !== undefined || this.#sources.has(alias))
        return undefined;
      this.#sources.set(alias, { alias, relation });
      return new Set([alias]);
    }
    return 'JoinExpr' in item ? this.#takeJoin(item.JoinExpr) : undefined;
  }

  #takeJoin(join: BodyOf<'JoinExpr'>): ReadonlySet<string> | undefined {
    const { jointype = '', isNatural, alias, larg, rarg, quals, usingClause } = join;
    if (isNatural === true || alias !== undefined || larg === undefined || rarg === undefined)
      return undefined;
    const left = this.take(larg);
    const right = left && this.take(rarg);
    if (left === undefined || right === undefined) return undefined;
    const both = new Set([...left, ...right]);
    // Where one side may have no row, only a row there says that the condition holds.
    const within = new Map([
      ['JOIN_INNER', both],
      ['JOIN_LEFT', right],
      ['JOIN_RIGHT', left],
    ]).get(jointype);
    if (within === undefined) return undefined;
    this.takeConditions(quals, within);
    for (const column of stringsOf(usingClause)) {
      const [one, other] = [this.#ownerOf(column, left), this.#ownerOf(column, right)];
      if (one === undefined || other === undefined) return undefined;
      this.#equalities.push({ left: [one, column], right: [other, column], within });
      this.#merged.set(column, jointype === 'JOIN_RIGHT' ? other : one);
    }
    return both;
  }

  takeConditions(node: Node | undefined, within: Equality['within']): void {
    for (const condition of splitConditions(node)) {
      if (!('A_Expr' in condition)) continue;
      const { kind, name, lexpr, rexpr } = condition.A_Expr;
      const [operator, ...schema] = stringsOf(name).toReversed();
      if (kind !== 'AEXPR_OP' || operator !== '=' || schema.length > 0) continue;
      if (lexpr === undefined || !('ColumnRef' in lexpr)) continue;
      if (rexpr === undefined || !('ColumnRef' in rexpr)) continue;
      const [left, right] = [fieldsOf(lexpr.ColumnRef), fieldsOf(rexpr.ColumnRef)];
      this.#equalities.push({ left, right, within });
    }
  }

  /** Whether the key of each row of a patient is equal to one that the targets show. */
  shows(targets: readonly Node[]): boolean {
    const shown = new Set(targets.flatMap((target) => this.#keysIn(target)));
    const next = this.#followEqualities();
    return [...this.#sources.values()].every((source) => {
      const key = this.#keyOf(source);
      if (key === undefined) return true;
      const reached = new Set([key]);
      // What is added while it goes on is visited, too.
      for (const each of reached) {
        if (shown.has(each)) return true;
        for (const equal of next.get(each) ?? []) reached.add(equal);
      }
      return false;
    });
  }

  /** By column: those that have the same value in each row which has a row of its source. */
  #followEqualities(): ReadonlyMap<string, readonly string[]> {
    const next = new Map<string, string[]>();
    for (const { left, right, within } of this.#equalities) {
      const [one, other] = [this.#resolve(left), this.#resolve(right)];
      if (one?.isExact !== true || other?.isExact !== true) continue;
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        if (within !== 'all' && !within.has(from.alias)) continue;
        const name = nameOf(from);
        next.set(name, [...(next.get(name) ?? []), nameOf(to)]);
      }
    }
    return next;
  }

  #keysIn(target: Node): readonly string[] {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (value === undefined || !('ColumnRef' in value)) return [];
    const fields = fieldsOf(value.ColumnRef);
    if (fields.at(-1) === '*') {
      const [alias] = fields;
      return [...this.#sources.values()]
        .filter((source) => fields.length === 1 || source.alias === alias)
        .flatMap((source) => this.#keyOf(source, fields.length === 1) ?? []);
    }
    const column = this.#resolve(fields);
    return column === undefined ? [] : [nameOf(column)];
  }

  /** A relation's patient key. @param isStar As `*` shows it: of columns that USING merged, one. */
  #keyOf({ alias, relation }: Source, isStar = false): string | undefined {
    const column = this.#options.classification.find(relation.oid)?.patientKey;
    if (column === undefined) return undefined;
    if (isStar && (this.#merged.get(column) ?? alias) !== alias) return undefined;
    return nameOf({ alias, column });
  }

  /** `alias.column`, or a column alone; undefined where it is not certain whose it is. */
  #resolve(fields: readonly string[]): Column | undefined {
    const [column = '', table, ...schema] = fields.toReversed();
    if (schema.length > 0) return undefined;
    const alias = table ?? this.#merged.get(column) ?? this.#ownerOf(column, this.#sources);
    const attribute = this.#sources
      .get(alias ?? '')
      ?.relation.attributes.find(({ name }) => name === column);
    if (alias === undefined || attribute === undefined) return undefined;
    return { alias, column, isExact: isKnownType(attribute) };
  }

  /** The only one that has a column of this name. */
  #ownerOf(
    column: string,
    among: Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>,
  ): string | undefined {
    const merged = this.#merged.get(column);
    if (merged !== undefined && among.has(merged)) return merged;
    const [owner, ...others] = [...among.keys()].filter((alias) =>
      this.#sources.get(alias)?.relation.columns.includes(column),
    );
    return others.length > 0 ? undefined : owner;
  }
}

interface Column {
  readonly alias: string;
  readonly column: string;
  /** Equal values are spelled alike. */
  readonly isExact: boolean;
}

function nameOf({ alias, column }: Pick<Column, 'alias' | 'column'>): string {
  return `${alias}\0${column}`;
}
