import { createHash } from 'node:crypto';
import type {
  Catalog,
  CatalogColumn,
  CatalogConversion,
  CatalogRelation,
  CatalogRows,
  CatalogType,
} from './catalog.ts';

/** Indexes a target's catalog. The version is a hash of the content: equal content, equal version. */
export function buildCatalog(rows: CatalogRows): Catalog {
  return new IndexedCatalog(rows);
}

/** What {@link describeTable} needs to know of a column: its name, and its type unless it is text. */
export type ColumnSketch = string | (Pick<CatalogColumn, 'name'> & Partial<CatalogColumn>);

/**
 * An ordinary table with nothing to it but columns, `text` unless they say otherwise: for catalogs that no server described,
 * as those of policy tests. `details` overrides.
 */
export function describeTable(
  { oid, schema, name }: Pick<CatalogRelation, 'oid' | 'schema' | 'name'>,
  columns: readonly ColumnSketch[],
  details: Partial<CatalogRelation> = {},
): CatalogRelation {
  const attributes = columns.map((sketch, index) => ({
    ...TEXT_COLUMN,
    number: index + 1,
    ...(typeof sketch === 'string' ? { name: sketch } : sketch),
  }));
  return {
    oid,
    schema,
    name,
    kind: 'r',
    columns: attributes.map((column) => column.name),
    attributes,
    definition: undefined,
    foreignKeys: [],
    dependsOn: [],
    parents: [],
    children: [],
    uniqueKeys: [],
    primaryKey: [],
    comparedColumns: [],
    checks: [],
    comparedDefaults: [],
    hasHiddenCode: false,
    functions: [],
    ...details,
  };
}

const TEXT_COLUMN: Omit<CatalogColumn, 'name' | 'number'> = {
  typeOid: 25,
  typeModifier: -1,
  typeName: 'pg_catalog.text',
  collation: undefined,
  isNotNull: false,
  isGenerated: false,
};

/** The only type of tables that nobody described. */
const TEXT_TYPE: CatalogType = {
  oid: TEXT_COLUMN.typeOid,
  name: TEXT_COLUMN.typeName,
  kind: 'b',
  innerOid: 0,
  isArray: false,
  innerModifier: -1,
  labels: [],
  fields: [],
};

class IndexedCatalog implements Catalog {
  readonly version: string;
  readonly serverVersion: number;
  readonly #byOid = new Map<number, CatalogRelation>();
  readonly #byName = new Map<string, CatalogRelation[]>();
  readonly #functionSchemas = new Map<string, string[]>();
  readonly #types = new Map<number, CatalogType>();
  readonly #typesByName = new Map<string, CatalogType[]>();
  readonly conversions: readonly CatalogConversion[];
  readonly #userOperators: ReadonlySet<string>;
  readonly #builtIns: ReadonlySet<string> | undefined;

  constructor(rows: CatalogRows) {
    this.serverVersion = rows.serverVersion;
    this.version = rows.version ?? hashOf(rows);
    for (const relation of rows.relations) {
      this.#byOid.set(relation.oid, relation);
      append(this.#byName, relation.name, relation);
    }
    for (const { schema, name } of rows.userFunctions) {
      const schemas = this.#functionSchemas.get(name);
      if (schemas?.includes(schema) !== true) append(this.#functionSchemas, name, schema);
    }
    for (const type of rows.types ?? [TEXT_TYPE]) {
      this.#types.set(type.oid, type);
      append(this.#typesByName, type.plainName ?? type.name.replace(/^.*\./u, ''), type);
    }
    this.conversions = rows.conversions ?? [];
    this.#userOperators = new Set(rows.userOperators);
    if (rows.builtInFunctions !== undefined) this.#builtIns = new Set(rows.builtInFunctions);
  }

  findRelation(schema: string, name: string): CatalogRelation | undefined {
    return this.#byName.get(name)?.find((relation) => relation.schema === schema);
  }

  getRelation(oid: number): CatalogRelation | undefined {
    return this.#byOid.get(oid);
  }

  listRelations(): Iterable<CatalogRelation> {
    return this.#byOid.values();
  }

  findByName(name: string): readonly CatalogRelation[] {
    return this.#byName.get(name) ?? [];
  }

  userFunctionSchemas(name: string): readonly string[] {
    return this.#functionSchemas.get(name) ?? [];
  }

  hasUserOperator(name: string): boolean {
    return this.#userOperators.has(name);
  }

  findType(oid: number): CatalogType | undefined {
    return this.#types.get(oid);
  }

  findTypesByName(name: string): readonly CatalogType[] {
    return this.#typesByName.get(name) ?? [];
  }

  isBuiltInFunction(name: string): boolean {
    return this.#builtIns?.has(name) ?? true;
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function hashOf(rows: CatalogRows): string {
  const { relations, userFunctions, types = [], userOperators = [], builtInFunctions } = rows;
  const { conversions = [] } = rows;
  const hash = createHash('sha256');
  const update = (lines: readonly string[]): void => {
    hash.update(`${lines.length}\n`);
    for (const line of lines.toSorted()) hash.update(`${line}\n`);
  };
  hash.update(`${rows.serverVersion}\n${builtInFunctions === undefined}\n`);
  update(relations.map((relation) => JSON.stringify(relation)));
  update(types.map((type) => JSON.stringify(type)));
  update(userFunctions.map(({ schema, name }) => JSON.stringify([schema, name])));
  update(userOperators.map((name) => JSON.stringify(name)));
  update(conversions.map((conversion) => JSON.stringify(conversion)));
  update((builtInFunctions ?? []).map((name) => JSON.stringify(name)));
  return hash.digest('hex').slice(0, 32);
}
