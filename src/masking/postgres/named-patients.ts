import type { CatalogColumn, CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { BodyOf, ColumnRef, Node, SelectStmt } from '../../sql/postgres/tree.ts';
import { openNode, stringsOf } from '../../sql/postgres/tree.ts';
import type { Classification } from '../classification.ts';
import { readText, type TextEncoding, UTF8 } from '../rows/text-encoding.ts';
import { BPCHAR_OID, TEXT_OID, VARCHAR_OID } from './masks/built-in-types.ts';
import { fieldsOf } from './statement-state.ts';
import { isOfOne, type KnownPatients } from './whose-rows.ts';

/** The patients whose rows a query can show, by its own conditions. */
export interface NamedPatients {
  /** Ids in the form in which results show them. */
  readonly constants: readonly string[];
  /** Numbers of parameters, from 1, with the OID of the type that they are compared with. */
  readonly parameters: ReadonlyMap<number, number>;
  /** The patient keys by which it names them. */
  readonly keys: readonly { readonly relationOid: number; readonly column: string }[];
}

export interface NamedPatientsOptions extends KnownPatients {
  /** The relation that a name means; undefined where that is not certain. */
  readonly findRelation: (schema: string | undefined, name: string) => CatalogRelation | undefined;
}

const INT8_OID = 20;
const INT2_OID = 21;
const INT4_OID = 23;
const UUID_OID = 2950;
const INTEGERS: ReadonlySet<number> = new Set([INT2_OID, INT4_OID, INT8_OID]);
const TEXTS: ReadonlySet<number> = new Set([TEXT_OID, VARCHAR_OID, BPCHAR_OID]);
const INTEGER = /^(?:0|-?[1-9][0-9]{0,18})$/u;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
/** Conditions of a join that only lets rows through which fulfil them. */
const INNER_JOIN = 'JOIN_INNER';

/** A relation in FROM. */
interface Source {
  readonly alias: string;
  readonly relation: CatalogRelation;
}

/** What a key is compared with. */
type Value =
  | { readonly kind: 'constant'; readonly text: string; readonly isText: boolean }
  | { readonly kind: 'parameter'; readonly number: number };

/**
 * Reads from the conditions of a query whose rows alone it can show: `WHERE patient_id = 42`, `IN (…)`, `= $1`, carried over joins by
 * equality. Undefined unless that is certain of every relation with a patient key in it.
 */
export function findNamedPatients(
  node: Node,
  options: NamedPatientsOptions,
): NamedPatients | undefined {
  if (!('SelectStmt' in node)) return undefined;
  const select = node.SelectStmt;
  if (!isOneLevel(select)) return undefined;
  const conditions: Node[] = [];
  const sources = (select.fromClause ?? []).map((item) => takeItem(item, conditions, options));
  if (sources.some((source) => source === undefined)) return undefined;
  conditions.push(...splitConditions(select.whereClause));
  return new Conditions(
    sources.flatMap((source) => source ?? []),
    conditions,
  ).findNamed(options.classification);
}

/** No query within it, and no set operation: what is not in FROM is nowhere. */
function isOneLevel(select: SelectStmt): boolean {
  if (select.withClause !== undefined || select.larg !== undefined) return false;
  let hasQuery = false;
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || hasQuery) return;
    if ('SubLink' in value || 'RangeSubselect' in value) hasQuery = true;
    else for (const child of Object.values(value)) look(child);
  };
  look(select);
  return !hasQuery;
}

function takeItem(
  item: Node,
  conditions: Node[],
  options: NamedPatientsOptions,
): readonly Source[] | undefined {
  if ('RangeVar' in item) {
    const { schemaname, relname = '', alias } = item.RangeVar;
    const relation = options.findRelation(schemaname, relname);
    if (relation === undefined || alias?.colnames !== undefined) return undefined;
    if (!isOfOne(relation, options)) return undefined;
    return [{ alias: alias?.aliasname ?? relname, relation }];
  }
  if (!('JoinExpr' in item)) return undefined;
  const { jointype, isNatural, usingClause, alias, larg, rarg, quals } = item.JoinExpr;
  if (jointype !== INNER_JOIN || isNatural === true || usingClause !== undefined) return undefined;
  if (alias !== undefined || larg === undefined || rarg === undefined) return undefined;
  const left = takeItem(larg, conditions, options);
  const right = takeItem(rarg, conditions, options);
  conditions.push(...splitConditions(quals));
  return left && right && [...left, ...right];
}

/** Each of several conditions under AND. */
export function splitConditions(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  if (!('BoolExpr' in node) || node.BoolExpr.boolop !== 'AND_EXPR') return [node];
  return (node.BoolExpr.args ?? []).flatMap(splitConditions);
}

/** Which columns are equal, and to what, in every row that a query can show. */
class Conditions {
  readonly #sources: readonly Source[];
  /** By column: another that it is equal to; what none is, stands for all that are equal to it. */
  readonly #equals = new Map<string, string>();
  readonly #bound: { readonly column: string; readonly values: readonly Value[] }[] = [];

  constructor(sources: readonly Source[], conditions: readonly Node[]) {
    this.#sources = sources;
    for (const condition of conditions) if ('A_Expr' in condition) this.#take(condition.A_Expr);
  }

  findNamed(classification: Classification): NamedPatients | undefined {
    const constants = new Set<string>();
    const parameters = new Map<number, number>();
    const keys: { relationOid: number; column: string }[] = [];
    for (const { alias, relation } of this.#sources) {
      const key = classification.find(relation.oid)?.patientKey;
      if (key === undefined) continue;
      const described = relation.attributes.find(({ name }) => name === key);
      const own = this.#standFor(nameOf(alias, key));
      const bound = this.#bound.find(({ column }) => this.#standFor(column) === own);
      if (described === undefined || bound === undefined) return undefined;
      for (const value of bound.values) {
        if (value.kind === 'parameter') {
          if (!isKnownType(described)) return undefined;
          parameters.set(value.number, described.typeOid);
          continue;
        }
        const id = spellId(value, described);
        if (id === undefined) return undefined;
        constants.add(id);
      }
      keys.push({ relationOid: relation.oid, column: key });
    }
    return keys.length === 0 ? undefined : { constants: [...constants], parameters, keys };
  }

  #take({ kind, name, lexpr, rexpr }: BodyOf<'A_Expr'>): void {
    const [operator, ...schema] = stringsOf(name).toReversed();
    if (operator !== '=' || schema.length > 0 || lexpr === undefined || rexpr === undefined) return;
    if (kind !== 'AEXPR_OP' && kind !== 'AEXPR_IN') return;
    const [left, right] = [this.#columnOf(lexpr), this.#columnOf(rexpr)];
    if (left !== undefined && right !== undefined) {
      this.#equals.set(this.#standFor(left), this.#standFor(right));
      return;
    }
    const column = left ?? right;
    const values = readValues(left === undefined ? lexpr : rexpr);
    if (column !== undefined && values !== undefined) this.#bound.push({ column, values });
  }

  /** `alias.column`, where it is certain which column that is. */
  #columnOf(node: Node): string | undefined {
    if (!('ColumnRef' in node)) return undefined;
    const reference: ColumnRef = node.ColumnRef;
    const [column = '*', table, ...schema] = fieldsOf(reference).toReversed();
    if (schema.length > 0) return undefined;
    const [source, ...others] = this.#sources.filter(
      ({ alias, relation }) =>
        (table === undefined || alias === table) && relation.columns.includes(column),
    );
    return source === undefined || others.length > 0 ? undefined : nameOf(source.alias, column);
  }

  #standFor(column: string): string {
    let current = column;
    for (;;) {
      const next = this.#equals.get(current);
      if (next === undefined || next === current) return current;
      current = next;
    }
  }
}

function nameOf(alias: string, column: string): string {
  return `${alias}\0${column}`;
}

function readValues(node: Node): readonly Value[] | undefined {
  const opened = openNode(node);
  const nodes = 'List' in node ? (node.List.items ?? []) : [node];
  if (opened === undefined) return undefined;
  const values = nodes.map(readValue);
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : known;
}

function readValue(node: Node): Value | undefined {
  if ('ParamRef' in node) return { kind: 'parameter', number: node.ParamRef.number ?? 0 };
  if (!('A_Const' in node)) return undefined;
  const { sval, ival, fval } = node.A_Const;
  if (sval !== undefined) return { kind: 'constant', text: sval.sval ?? '', isText: true };
  if (ival === undefined && fval === undefined) return undefined;
  return { kind: 'constant', text: fval?.fval ?? String(ival?.ival ?? 0), isText: false };
}

/** Types of which each value has one spelling that is known here. */
export function isKnownType({ typeOid, collation }: CatalogColumn): boolean {
  // Under a collation of its own, texts may be equal that are spelled differently.
  return INTEGERS.has(typeOid) || typeOid === UUID_OID || (TEXTS.has(typeOid) && !collation);
}

/** The id as results show it; undefined if another spelling could be meant. */
function spellId(
  { text, isText }: Extract<Value, { kind: 'constant' }>,
  column: CatalogColumn,
): string | undefined {
  if (!isKnownType(column)) return undefined;
  if (INTEGERS.has(column.typeOid)) return INTEGER.test(text) ? text : undefined;
  if (!isText) return undefined;
  if (column.typeOid === UUID_OID) return UUID.test(text) ? text.toLowerCase() : undefined;
  return column.typeOid === BPCHAR_OID ? text.replace(/ +$/u, '') : text;
}

/**
 * The id that a bound parameter is; undefined if it is in a form that is not known here.
 *
 * @param typeOid Of the column that it is compared with.
 * @param encoding In which the client writes text.
 */
export function readNamedParameter(
  value: Buffer,
  typeOid: number,
  isBinary: boolean,
  encoding: TextEncoding = UTF8,
): string | undefined {
  if (TEXTS.has(typeOid)) {
    const text = readText(encoding, value)?.toString('utf8');
    if (text === undefined) return undefined;
    return typeOid === BPCHAR_OID ? text.replace(/ +$/u, '') : text;
  }
  if (typeOid === UUID_OID) {
    const text = isBinary ? value.toString('hex') : value.toString('latin1').toLowerCase();
    const digits = text.replaceAll('-', '');
    if (!/^[0-9a-f]{32}$/u.test(digits)) return undefined;
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-');
  }
  if (!isBinary) {
    const text = value.toString('latin1');
    return INTEGER.test(text) ? text : undefined;
  }
  if (value.length === 2 || value.length === 4) return String(value.readIntBE(0, value.length));
  return value.length === 8 ? String(value.readBigInt64BE()) : undefined;
}
