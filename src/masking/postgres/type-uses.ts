import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { ColumnRef, FuncCall, Node, RangeVar, ResTarget } from '../../sql/postgres/tree.ts';
import { isRangeVar, openNode, stringsOf } from '../../sql/postgres/tree.ts';
import { noteWanted } from './wanted-types.ts';

/** OIDs of the types that a statement may have to do with; rather too many than too few. */
export interface TypeUses {
  /** Those that it names or that its functions convert to by themselves, and what they are made of. */
  readonly named: ReadonlySet<number>;
  /** Of columns of the relations in it, and what they are made of. */
  readonly present: ReadonlySet<number>;
  /** What the rows and other values of several parts in it are made of: a text that is compared with one is read as its type. */
  readonly parts: ReadonlySet<number>;
  /** As which SQL's grammar takes values whose own type is not certain to be that. */
  readonly wanted: ReadonlySet<number>;
}

/** What is looked for in a tree. */
interface Found {
  readonly names: Set<string>;
  readonly references: Set<string>;
  readonly ranges: Set<string>;
  readonly wanted: Set<number>;
  makesJson: boolean;
}

/** What stands around a statement. */
interface Surroundings {
  /** All that it reads or writes, directly or through others. */
  readonly relations: Iterable<CatalogRelation>;
  /** OIDs of types that its parameters were given. */
  readonly parameterTypes: readonly number[];
  /** Names of types that texts in it have. */
  readonly typesByName: Iterable<string>;
}

/** What a statement says of types. */
export function findTypeUses(
  catalog: Catalog,
  statement: Node,
  { relations, parameterTypes, typesByName }: Surroundings,
): TypeUses {
  const found: Found = {
    names: new Set(),
    references: new Set(),
    ranges: new Set(),
    wanted: new Set(),
    makesJson: false,
  };
  search(statement, found);
  const uses = {
    named: new Set<number>(),
    present: new Set<number>(),
    parts: new Set<number>(),
    wanted: found.wanted,
  };
  const readsRows = [...found.ranges].some((name) => found.references.has(name));
  for (const { attributes, kind, definition } of relations) {
    // What a view does with JSON is not looked for in its definition.
    if (kind === 'v' && (definition === undefined || /json/iu.test(definition)))
      found.makesJson = true;
    for (const { typeOid } of attributes) {
      addType(catalog, typeOid, uses.present);
      if (readsRows) addType(catalog, typeOid, uses.parts);
      addParts(catalog, typeOid, uses.parts);
    }
  }
  for (const oid of parameterTypes) {
    addType(catalog, oid, uses.present);
    addType(catalog, oid, uses.parts);
  }
  for (const name of [...found.names, ...typesByName]) addNamed(catalog, name, uses.named);
  if (found.makesJson) for (const name of ['json', 'jsonb']) addNamed(catalog, name, uses.named);
  return uses;
}

/** A type of that name, or of that array's elements, and the rows of a relation of that name, in whatever schema. */
function addNamed(catalog: Catalog, name: string, into: Set<number>): void {
  for (const spelled of name.startsWith('_') ? [name, name.slice(1)] : [name]) {
    for (const { oid } of catalog.findTypesByName(spelled)) addType(catalog, oid, into);
    for (const { attributes } of catalog.findByName(spelled)) {
      for (const { typeOid } of attributes) addType(catalog, typeOid, into);
    }
  }
}

/** Adds a type and what it is made of. */
export function addType(catalog: Catalog, oid: number, into: Set<number>): void {
  if (oid === 0 || into.has(oid)) return;
  into.add(oid);
  const type = catalog.findType(oid);
  if (type === undefined) return;
  addType(catalog, type.innerOid, into);
  for (const { typeOid } of type.fields) addType(catalog, typeOid, into);
}

/** Of an array, a range or a row: what it is made of. A domain is no part of itself. */
function addParts(catalog: Catalog, oid: number, into: Set<number>): void {
  let type = catalog.findType(oid);
  while (type?.kind === 'd') type = catalog.findType(type.innerOid);
  if (type === undefined) return;
  addType(catalog, type.innerOid, into);
  for (const { typeOid } of type.fields) addType(catalog, typeOid, into);
}

/** Functions of PostgreSQL's own that look up casts to JSON, or make values of a type that an argument has, by their names. */
const JSON_NAME = /json/iu;

function search(value: unknown, found: Found): void {
  if (typeof value !== 'object' || value === null) return;
  if (isTypeName(value)) addLast(stringsOf(value.names), found.names);
  if (isRangeVar(value)) noteRange(value, found);
  for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
    if (key === 'A_Const') continue;
    if (typeof child === 'object' && child !== null) noteWanted(key, child, found.wanted);
    if (key.startsWith('Json')) found.makesJson = true;
    if (key === 'FuncCall') noteCall(child as FuncCall, found);
    if (key === 'ColumnRef') noteReference(child as ColumnRef, found);
    // `(x).f` is f(x), and that may be a cast, where x has no field f.
    if (key === 'indirection') for (const name of stringsOf(child as Node[])) found.names.add(name);
    if (key === 'ResTarget' && isStar(child as ResTarget)) continue;
    search(child, found);
  }
}

/** Type names also stand in fields without their kind around them; they alone have both. */
function isTypeName(value: object): value is { readonly names: Node[] } {
  return 'names' in value && 'typemod' in value && Array.isArray(value.names);
}

function noteRange({ relname = '', alias }: RangeVar, found: Found): void {
  found.ranges.add(alias?.aliasname ?? relname);
}

/** `f(x)` is a cast to the type f, where there is no such function. */
function noteCall({ funcname }: FuncCall, found: Found): void {
  const names = stringsOf(funcname);
  addLast(names, found.names);
  if (JSON_NAME.test(names.at(-1) ?? '')) found.makesJson = true;
}

function noteReference({ fields = [] }: ColumnRef, found: Found): void {
  addLast(stringsOf(fields), found.references);
}

/** `p.*` as an item of a list stands for columns, not for a row. */
function isStar({ val }: ResTarget): boolean {
  if (val === undefined || openNode(val)?.kind !== 'ColumnRef' || !('ColumnRef' in val))
    return false;
  return 'A_Star' in (val.ColumnRef.fields?.at(-1) ?? {});
}

function addLast(names: readonly string[], into: Set<string>): void {
  const last = names.at(-1);
  if (last !== undefined) into.add(last);
}
