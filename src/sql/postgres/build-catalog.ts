import { createHash } from 'node:crypto';
import type { Catalog, CatalogRelation, CatalogRows } from './catalog.ts';

/** Indexes a target's catalog. The version is a hash of the content: equal rows, equal version, in whatever order they came. */
export function buildCatalog(rows: CatalogRows): Catalog {
  return new IndexedCatalog(rows);
}

class IndexedCatalog implements Catalog {
  readonly version: string;
  readonly serverVersion: number;
  readonly #byOid = new Map<number, CatalogRelation>();
  readonly #byName = new Map<string, CatalogRelation[]>();
  readonly #functionSchemas = new Map<string, string[]>();
  readonly #builtIns: ReadonlySet<string> | undefined;

  constructor(rows: CatalogRows) {
    this.serverVersion = rows.serverVersion;
    this.version = hashOf(rows);
    for (const relation of rows.relations) {
      this.#byOid.set(relation.oid, relation);
      append(this.#byName, relation.name, relation);
    }
    for (const { schema, name } of rows.userFunctions) {
      const schemas = this.#functionSchemas.get(name);
      if (schemas?.includes(schema) !== true) append(this.#functionSchemas, name, schema);
    }
    if (rows.builtInFunctions !== undefined) this.#builtIns = new Set(rows.builtInFunctions);
  }

  findRelation(schema: string, name: string): CatalogRelation | undefined {
    return this.#byName.get(name)?.find((relation) => relation.schema === schema);
  }

  getRelation(oid: number): CatalogRelation | undefined {
    return this.#byOid.get(oid);
  }

  findByName(name: string): readonly CatalogRelation[] {
    return this.#byName.get(name) ?? [];
  }

  userFunctionSchemas(name: string): readonly string[] {
    return this.#functionSchemas.get(name) ?? [];
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

function hashOf({
  serverVersion,
  relations,
  userFunctions,
  builtInFunctions = [],
}: CatalogRows): string {
  const hash = createHash('sha256');
  hash.update(`${serverVersion}\n${builtInFunctions.length}\n`);
  const lines = [
    ...relations.map((relation) => JSON.stringify(relation)),
    ...userFunctions.map(({ schema, name }) => JSON.stringify([schema, name])),
  ].sort();
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest('hex').slice(0, 32);
}
