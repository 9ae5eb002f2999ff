import type { Catalog, CatalogRelation, NameContext } from './catalog.ts';
import { encodingsOf, type TextEncodings } from './uncertain-names.ts';

/** What a relation's name may stand for. */
export interface ResolvedRelation {
  /** Qualified names of every candidate. Never empty. */
  readonly names: readonly string[];
  /** Those that the catalog knows. */
  readonly known: readonly CatalogRelation[];
  /** More than one candidate, or one that the catalog does not show. */
  readonly isAmbiguous: boolean;
  /** Neither the catalog nor the session knows the name. */
  readonly isUnresolved: boolean;
}

/** What a function's name may stand for. */
export interface ResolvedFunction {
  readonly names: readonly string[];
  /** One candidate is user code that the target's configuration does not vouch for, or nothing is known of it. */
  readonly isOpaque: boolean;
  readonly isUnresolved: boolean;
}

/** Resolves names as the server would; where it cannot know, it returns every possibility. */
export class NameResolver {
  readonly catalog: Catalog;
  readonly #context: NameContext;

  constructor(catalog: Catalog, context: NameContext) {
    this.catalog = catalog;
    this.#context = context;
  }

  get encodings(): TextEncodings {
    return encodingsOf(this.#context);
  }

  relation(schema: string | undefined, name: string): ResolvedRelation {
    const found = new Map<string, CatalogRelation | undefined>();
    const inCatalog =
      schema === undefined ? this.#unqualified(name) : this.#qualified(schema, name);
    for (const relation of inCatalog) found.set(qualifiedName(relation), relation);
    if (schema === undefined && this.#context.overlay.some((entry) => entry.name === '')) {
      // What the name stands for may be gone.
      for (const relation of this.behind(name)) found.set(qualifiedName(relation), relation);
    }

    let isAmbiguous =
      found.size > 1 || (schema === undefined && this.#context.searchPaths === undefined);
    const overlaid = this.#overlay(schema, name);
    if (overlaid.length > 0) {
      // The session moved things about under this name: any relation of that name may be meant.
      isAmbiguous = true;
      const lookalikes = this.catalog.findByName(name);
      for (const relation of lookalikes) {
        if (schema === undefined || relation.schema === schema)
          found.set(qualifiedName(relation), relation);
      }
      for (const candidate of overlaid) if (!found.has(candidate)) found.set(candidate, undefined);
    }
    const isTemporary = schema !== undefined && isTemporarySchema(schema);
    if (isTemporary) found.set(`${schema}.${name}`, found.get(`${schema}.${name}`));
    const isUnresolved = found.size === 0;
    if (isUnresolved) found.set(`${schema ?? this.#firstSchema()}.${name}`, undefined);

    return {
      names: [...found.keys()],
      known: [...found.values()].filter((relation) => relation !== undefined),
      isAmbiguous: isAmbiguous || isUnresolved,
      isUnresolved,
    };
  }

  /** Whether no schema stands before `pg_catalog` in the search path. */
  get findsBuiltInFirst(): boolean {
    const paths = this.#context.searchPaths;
    return paths?.every((path) => path.indexOf('pg_catalog') <= 0) === true;
  }

  /** Relations further along the search path than what the name stands for: they are meant once that is gone. */
  behind(name: string): readonly CatalogRelation[] {
    const paths = this.#context.searchPaths ?? [];
    return [...new Set(paths.flatMap((path) => this.#inPath(path, name).slice(1)))];
  }

  function(schema: string | undefined, name: string): ResolvedFunction {
    if (schema === 'pg_catalog' || schema === 'information_schema') {
      // Extensions may put functions even there.
      const isUserCode = this.catalog.userFunctionSchemas(name).includes(schema);
      const qualified = `${schema}.${name}`;
      return {
        names: [qualified],
        isOpaque: isUserCode && !this.isAllowed(qualified),
        isUnresolved: false,
      };
    }
    const schemas = new Set(schema === undefined ? this.#functionSchemas(name) : [schema]);
    for (const candidate of this.#overlay(schema, name))
      schemas.add(candidate.slice(0, -name.length - 1));
    const names = [...schemas].map((candidate) => `${candidate}.${name}`);
    let isOpaque = names.some((candidate) => !this.isAllowed(candidate));
    let isUnresolved = false;
    if (schema === undefined) {
      const isBuiltIn = this.catalog.isBuiltInFunction(name);
      isUnresolved = !isBuiltIn && names.length === 0;
      // Another session may have created it since the catalog was read.
      if (isUnresolved) isOpaque = true;
      if (isBuiltIn || isUnresolved) names.push(`pg_catalog.${name}`);
    }
    return { names, isOpaque, isUnresolved };
  }

  /** Whether the target's configuration vouches for the function. */
  isAllowed(qualified: string): boolean {
    return this.#context.functionsAllowed.has(qualified);
  }

  /** Qualified name for an object that is not a relation, or is about to be created. */
  objectName(schema: string | undefined, name: string): string {
    return `${schema ?? this.#firstSchema()}.${name}`;
  }

  /** Where an object goes whose name says nothing of it; undefined if that is not certain. */
  creationSchema(): string | undefined {
    const paths = this.#context.searchPaths;
    return paths?.length === 1 ? paths[0]?.[0] : undefined;
  }

  #firstSchema(): string {
    return this.creationSchema() ?? '?';
  }

  #qualified(schema: string, name: string): readonly CatalogRelation[] {
    const relation = this.catalog.findRelation(schema, name);
    return relation === undefined ? [] : [relation];
  }

  #unqualified(name: string): readonly CatalogRelation[] {
    const paths = this.#context.searchPaths;
    if (paths === undefined) return this.catalog.findByName(name);
    const found = new Set<CatalogRelation>();
    for (const path of paths) {
      const [relation] = this.#inPath(path, name);
      if (relation !== undefined) found.add(relation);
    }
    return [...found];
  }

  /** In the order in which the server looks for them. */
  #inPath(path: readonly string[], name: string): readonly CatalogRelation[] {
    const searched = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
    return searched.flatMap((schema) => this.catalog.findRelation(schema, name) ?? []);
  }

  /** Overloads are chosen among all schemas of the path, so its order means nothing here. */
  #functionSchemas(name: string): readonly string[] {
    const schemas = this.catalog.userFunctionSchemas(name);
    const paths = this.#context.searchPaths;
    if (paths === undefined || schemas.length === 0) return schemas;
    return schemas.filter(
      (schema) => schema === 'pg_catalog' || paths.some((path) => path.includes(schema)),
    );
  }

  /** Qualified names of what this session may have put under the name. */
  #overlay(schema: string | undefined, name: string): readonly string[] {
    const names: string[] = [];
    for (const entry of this.#context.overlay) {
      if (entry.name !== name || !this.#mayBeIn(entry.schema, schema)) continue;
      names.push(`${entry.schema ?? schema ?? '?'}.${name}`);
    }
    return names;
  }

  #mayBeIn(entrySchema: string | undefined, schema: string | undefined): boolean {
    if (entrySchema === undefined || entrySchema === schema) return true;
    if (schema !== undefined) return isTemporarySchema(schema) && isTemporarySchema(entrySchema);
    const paths = this.#context.searchPaths;
    return (
      paths === undefined ||
      isTemporarySchema(entrySchema) ||
      paths.some((path) => path.includes(entrySchema))
    );
  }
}

/** `schema.name`, the form of all facts. */
export function qualifiedName(relation: CatalogRelation): string {
  return `${relation.schema}.${relation.name}`;
}

function isTemporarySchema(schema: string): boolean {
  return schema === 'pg_temp' || /^pg_(toast_)?temp_\d+$/.test(schema);
}
