import { createHash } from 'node:crypto';
import type {
  CatalogColumn,
  CatalogConversion,
  CatalogForeignKey,
  CatalogRelation,
  CatalogRows,
  CatalogType,
  ForeignKeyAction,
  NumberedColumn,
} from './catalog.ts';

/** The server's answer to `CATALOG_QUERY` is not what was asked for. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code = 'ERR_SQL_CATALOG';
}

/** A row of the answer, its JSON parsed. */
interface CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly details: unknown;
}

/** What a `type` row says, before it is known what a composite type's relation looks like. */
interface TypeRow {
  readonly type: Omit<CatalogType, 'fields'>;
  readonly relationOid: number;
  /** Spelled with a modifier, by modifier. */
  readonly modified: ReadonlyMap<number, string>;
}

type TextRow = readonly (string | null)[];

const ROWS_MISSING =
  'Cannot decode catalog: the server, its functions, its operators or its conversions are missing';

const NOT_NULL = 1;
const GENERATED = 2;
const DEFAULT_VALUE = 4;

/** Some of a catalog's rows, as they were read at once. */
export interface CatalogPart {
  /** Equal hashes, equal content. */
  readonly hash: string;
  /** Which version what came with the server is of; undefined where that is not known. */
  readonly builtInVersion: string | undefined;
  readonly relations: readonly CatalogRelation[];
  readonly types: ReadonlyMap<number, TypeRow>;
  readonly userFunctions: CatalogRows['userFunctions'];
  readonly builtInFunctions: readonly string[];
  /** Undefined where the part is what came with the server. */
  readonly facts:
    | Required<Pick<CatalogRows, 'serverVersion' | 'userOperators' | 'conversions'>>
    | undefined;
}

/**
 * Decodes the rows of `CATALOG_QUERY`, in text format.
 *
 * @throws {CatalogError} If a row is missing or has another shape.
 */
export function decodeCatalogRows(rows: readonly TextRow[]): CatalogRows {
  return joinCatalogParts([decodeCatalogPart(rows)]);
}

/**
 * Decodes the rows of a query for some of the catalog, in text format.
 *
 * @throws {CatalogError} If a row is missing or has another shape.
 */
export function decodeCatalogPart(rows: readonly TextRow[]): CatalogPart {
  const found = groupRows(rows);
  const builtIns = found.get('built-ins')?.[0];
  if (builtIns === undefined) throw new CatalogError(ROWS_MISSING);
  const types = new Map<number, TypeRow>();
  for (const row of found.get('type') ?? []) {
    const decoded = decodeType(row);
    types.set(decoded.type.oid, decoded);
  }
  return {
    hash: hashCatalogRows(rows),
    builtInVersion: findBuiltInVersion(rows),
    relations: (found.get('relation') ?? []).map((row) => decodeRelation(row, types)),
    types,
    userFunctions: (found.get('functions') ?? []).flatMap(({ schema, details }) =>
      stringList(details).map((name) => ({ schema, name })),
    ),
    builtInFunctions: stringList(builtIns.details),
    facts: decodeFacts(found),
  };
}

/** Which version what came with the server is of, as the rows say; undefined if they do not. */
export function findBuiltInVersion(rows: readonly TextRow[]): string | undefined {
  const details = rows.find(([what]) => what === 'version')?.[3];
  return details === 'null' ? undefined : (details ?? undefined);
}

/** The parts of one catalog, put together again. @throws {CatalogError} If there is none but what came with the server. */
export function joinCatalogParts(parts: readonly CatalogPart[]): CatalogRows {
  const facts = parts.find((part) => part.facts !== undefined)?.facts;
  if (facts === undefined) throw new CatalogError(ROWS_MISSING);
  const relations = parts.flatMap((part) => part.relations);
  const fieldsOf = new Map(relations.map(({ oid, attributes }) => [oid, attributes]));
  // What came with the server has types that others have, too.
  const types = new Map(parts.flatMap((part) => [...part.types]));
  return {
    ...facts,
    version: joinHashes(parts.map(({ hash }) => hash)),
    relations,
    types: Array.from(types.values(), ({ type, relationOid }) => ({
      ...type,
      fields: fieldsOf.get(relationOid) ?? [],
      ...(relationOid !== 0 && { relationOid }),
    })),
    userFunctions: parts.flatMap((part) => part.userFunctions),
    builtInFunctions: parts.flatMap((part) => part.builtInFunctions),
  };
}

/** The version of the catalog that parts with these hashes make. */
export function joinHashes(hashes: readonly string[]): string {
  return hashes.join('.');
}

/** Equal rows, equal hash, in whatever order they came. */
export function hashCatalogRows(rows: readonly TextRow[]): string {
  const hash = createHash('sha256');
  const lines = rows
    // It may be another for rows that have the same content.
    .filter(([what]) => what !== 'version')
    // A NUL cannot occur in them.
    .map((row) => row.map((cell) => cell ?? '').join('\0'));
  for (const line of lines.sort()) hash.update(line).update('\0\0');
  return hash.digest('hex').slice(0, 32);
}

/** What rows of each kind must name: a schema, a name. */
const NAMED: ReadonlyMap<string, readonly [hasSchema: boolean, hasName: boolean]> = new Map([
  ['server', [false, false]],
  ['relation', [true, true]],
  ['type', [false, true]],
  ['functions', [true, false]],
  ['built-ins', [false, false]],
  ['operators', [false, false]],
  ['conversions', [false, false]],
  ['version', [false, false]],
]);

/** Undefined where no row is about the database as a whole. */
function decodeFacts(found: ReadonlyMap<string, readonly CatalogRow[]>): CatalogPart['facts'] {
  const rows = ['server', 'operators', 'conversions'].map((kind) => found.get(kind)?.[0]?.details);
  if (rows.every((row) => row === undefined)) return undefined;
  const [serverVersion, operators, conversions] = rows;
  if (typeof serverVersion !== 'number' || operators === undefined || conversions === undefined) {
    throw new CatalogError(ROWS_MISSING);
  }
  return {
    serverVersion,
    userOperators: stringList(operators),
    conversions: list(conversions).map(decodeConversion),
  };
}

function groupRows(rows: readonly TextRow[]): Map<string, CatalogRow[]> {
  const groups = new Map<string, CatalogRow[]>();
  for (const [what, schema, name, details] of rows) {
    const named = NAMED.get(what ?? '');
    if (typeof what !== 'string' || named === undefined) {
      throw new CatalogError('Cannot decode catalog: a row is of no known kind');
    }
    const [hasSchema, hasName] = named;
    if (hasSchema !== (typeof schema === 'string') || hasName !== (typeof name === 'string')) {
      throw new CatalogError('Cannot decode catalog: a row lacks a name');
    }
    const row = { schema: schema ?? '', name: name ?? '', details: parseDetails(details) };
    const group = groups.get(what);
    if (group === undefined) groups.set(what, [row]);
    else group.push(row);
  }
  return groups;
}

function decodeRelation(
  { schema, name, details }: CatalogRow,
  types: ReadonlyMap<number, TypeRow>,
): CatalogRelation {
  const [oid, kind, columns, dependsOn, parents, children, uniqueKeys, ...more] = list(details);
  const [hasHiddenCode = false, functions, foreignKeys, definition = null, ...last] = more;
  const [compared, checks, definitionVersion = null, hasPrimaryKey = null, ...others] = last;
  const [numbers, defaults, replacesNewValues = false, partitionKey = null, ...rest] = others;
  const [own = null, returnsByRule = false] = rest;
  const keys = list(uniqueKeys).map(stringList);
  if (
    typeof oid !== 'number' ||
    typeof kind !== 'string' ||
    typeof hasHiddenCode !== 'boolean' ||
    (typeof definition !== 'string' && definition !== null) ||
    (typeof definitionVersion !== 'string' && definitionVersion !== null) ||
    (typeof hasPrimaryKey !== 'boolean' && hasPrimaryKey !== null)
  ) {
    throw new CatalogError('Cannot decode catalog: a relation has details of another shape');
  }
  const attributes = list(columns).map((column) => decodeColumn(column, types));
  return {
    oid,
    schema,
    name,
    kind,
    columns: attributes.map((attribute) => attribute.name),
    attributes,
    definition: definition ?? undefined,
    ...(definitionVersion !== null && { definitionVersion }),
    foreignKeys: list(foreignKeys).map(decodeForeignKey),
    dependsOn: numberList(dependsOn),
    parents: numberList(parents),
    children: numberList(children),
    uniqueKeys: keys,
    primaryKey: hasPrimaryKey === true ? (keys[0] ?? []) : [],
    comparedColumns: stringList(compared),
    checks: list(checks).map(stringList),
    comparedDefaults: stringList(defaults),
    hasHiddenCode,
    ...(replacesNewValues === true && { replacesNewValues }),
    ...(returnsByRule === true && { returnsByRule }),
    ...(partitionKey !== null && { partitionKey: stringList(partitionKey) }),
    ...(own !== null && { ownChecks: stringList(own) }),
    ...(kind === 'S' && { numbers: list(numbers).map(decodeNumbered) }),
    functions: stringList(functions),
  };
}

function decodeColumn(value: unknown, types: ReadonlyMap<number, TypeRow>): CatalogColumn {
  const [name, number, typeOid, typeModifier, flags, collation, sources = null] = list(value);
  if (
    typeof name !== 'string' ||
    typeof number !== 'number' ||
    typeof typeOid !== 'number' ||
    typeof typeModifier !== 'number' ||
    typeof flags !== 'number' ||
    (typeof collation !== 'string' && collation !== null)
  ) {
    throw new CatalogError('Cannot decode catalog: a column has details of another shape');
  }
  const found = types.get(typeOid);
  // The names are shared between columns: a large catalog has few types and many columns.
  const typeName = typeModifier === -1 ? found?.type.name : found?.modified.get(typeModifier);
  if (typeName === undefined) {
    throw new CatalogError('Cannot decode catalog: a column is of a type that is not there');
  }
  return {
    name,
    number,
    typeOid,
    typeModifier,
    typeName,
    collation: collation ?? undefined,
    isNotNull: (flags & NOT_NULL) !== 0,
    isGenerated: (flags & GENERATED) !== 0,
    ...(sources !== null && { generatedFrom: stringList(sources) }),
    ...((flags & DEFAULT_VALUE) !== 0 && { hasDefaultValue: true as const }),
  };
}

function decodeNumbered(value: unknown): NumberedColumn {
  const [relation, column] = list(value);
  if (typeof relation !== 'number' || typeof column !== 'string') {
    throw new CatalogError('Cannot decode catalog: a sequence numbers something of another shape');
  }
  return { relation, column };
}

/** Letters of `confupdtype` and `confdeltype`. */
const ACTIONS: ReadonlyMap<unknown, ForeignKeyAction> = new Map([
  ['c', 'cascade'],
  ['n', 'null'],
  ['d', 'default'],
]);

function decodeForeignKey(value: unknown): CatalogForeignKey {
  const [columns, referencedRelation, referencedColumns, ...actions] = list(value);
  const [onUpdate, onDelete] = actions.map((letter) => ACTIONS.get(letter));
  const [, , reset] = actions;
  if (typeof referencedRelation !== 'number') {
    throw new CatalogError('Cannot decode catalog: a foreign key has details of another shape');
  }
  return {
    columns: stringList(columns),
    referencedRelation,
    referencedColumns: stringList(referencedColumns),
    ...(onUpdate !== undefined && { onUpdate }),
    ...(onDelete !== undefined && { onDelete }),
    ...(reset !== undefined && reset !== null && { resetOnDelete: stringList(reset) }),
  };
}

function decodeConversion(value: unknown): CatalogConversion {
  const [source, target, context, code] = list(value);
  if (
    typeof source !== 'number' ||
    typeof target !== 'number' ||
    typeof context !== 'string' ||
    typeof code !== 'string'
  ) {
    throw new CatalogError('Cannot decode catalog: a conversion has details of another shape');
  }
  return { source, target, context, code };
}

function decodeType({ name, details }: CatalogRow): TypeRow {
  const [oid, kind, innerOid, isArray, innerModifier, labels, relationOid, modified, ...more] =
    list(details);
  const [plainName = null] = more;
  if (
    typeof oid !== 'number' ||
    typeof kind !== 'string' ||
    (typeof innerOid !== 'number' && innerOid !== null) ||
    typeof isArray !== 'boolean' ||
    typeof innerModifier !== 'number' ||
    typeof relationOid !== 'number' ||
    (typeof plainName !== 'string' && plainName !== null)
  ) {
    throw new CatalogError('Cannot decode catalog: a type has details of another shape');
  }
  const spelled = new Map<number, string>();
  for (const pair of list(modified)) {
    const [modifier, text] = list(pair);
    if (typeof modifier !== 'number' || typeof text !== 'string') {
      throw new CatalogError('Cannot decode catalog: a type has modifiers of another shape');
    }
    spelled.set(modifier, text);
  }
  const type = {
    oid,
    ...(plainName !== null && { plainName }),
    name,
    kind,
    innerOid: innerOid ?? 0,
    isArray,
    innerModifier,
    labels: stringList(labels),
  };
  return { type, relationOid, modified: spelled };
}

function parseDetails(details: string | null | undefined): unknown {
  if (details === null || details === undefined)
    throw new CatalogError('Cannot decode catalog: a row has no details');
  try {
    return JSON.parse(details);
  } catch (cause) {
    throw new CatalogError('Cannot decode catalog: details are not JSON', { cause });
  }
}

/** What JSON has for an empty aggregate is null. */
function list(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value))
    throw new CatalogError('Cannot decode catalog: a list is something else');
  return value;
}

function stringList(value: unknown): readonly string[] {
  return list(value).map((item) => {
    if (typeof item !== 'string')
      throw new CatalogError('Cannot decode catalog: a name is not a string');
    return item;
  });
}

function numberList(value: unknown): readonly number[] {
  return list(value).map((item) => {
    if (typeof item !== 'number')
      throw new CatalogError('Cannot decode catalog: an OID is not a number');
    return item;
  });
}
