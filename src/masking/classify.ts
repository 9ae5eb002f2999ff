import { createHash } from 'node:crypto';
import type { DataMap } from '../configuration/data-map.ts';
import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import { buildTargetClasses } from './classes/target-classes.ts';
import type { Classification, ClassifiedRelation } from './classification.ts';
import { findComparisons } from './classify-comparisons.ts';
import type { Condition } from './classify-conditions.ts';
import { DataMapDecisions } from './classify-decisions.ts';
import { DefinitionReader } from './classify-definition.ts';
import { EntryIndex, hasMappedColumns, matches } from './classify-entries.ts';
import type { LineageColumn } from './classify-lineage.ts';
import { PatientKeyFinder } from './classify-patients.ts';
import { UnresolvedError } from './classify-scope.ts';
import { classifySequences } from './classify-sequences.ts';
import { TableClassifier } from './classify-tables.ts';
import { ViewClassifier } from './classify-views.ts';
import type { ViewComparison } from './mask-plan.ts';

/** What a target's configuration says of its content. */
export interface ClassifyOptions {
  readonly dataMap: DataMap;
  /** User-defined functions (`schema.name`) that only compute from their arguments. */
  readonly functionsAllowed?: ReadonlySet<string>;
}

/** Classifies versions of one target's catalog; keeps what it learned of view definitions from one to the next. */
export interface Classifier {
  classify(catalog: Catalog, options: ClassifyOptions): Classification;
}

/** @param parser Parses the definitions of views. */
export function createClassifier(parser: SqlParser): Classifier {
  return new CachingClassifier(parser);
}

/** What a view's columns are made of, and the relations that it was read with. */
interface KnownLineage {
  readonly columns: readonly LineageColumn[];
  readonly conditions: readonly Condition[];
  readonly relations: readonly CatalogRelation[];
}

class CachingClassifier implements Classifier {
  readonly #parser: SqlParser;
  /** By definition. Holds those of the last catalog. */
  #lineages = new Map<string, KnownLineage>();
  /** The same by view and version of its definition, for when the definition itself cannot be read. */
  #lineagesOfVersions = new Map<string, KnownLineage>();

  constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  classify(catalog: Catalog, { dataMap, functionsAllowed }: ClassifyOptions): Classification {
    const relations = [...catalog.listRelations()].filter(hasMappedColumns);
    const decisions = new DataMapDecisions(dataMap, buildTargetClasses(dataMap), catalog);
    const tables = new TableClassifier(catalog, relations, decisions);
    const tableColumns = tables.classify(dataMap.unmappedRelations);
    const sequences = classifySequences(catalog, tableColumns);
    const lineages = new Map<number, KnownLineage | undefined>();
    const findKnown = (view: CatalogRelation): KnownLineage | undefined => {
      if (!lineages.has(view.oid)) lineages.set(view.oid, this.#findLineage(view, catalog));
      return lineages.get(view.oid);
    };
    const findLineage = (view: CatalogRelation): readonly LineageColumn[] | undefined =>
      findKnown(view)?.columns;
    const views = new ViewClassifier({
      catalog,
      decisions,
      tables: new Map([...tableColumns, ...sequences]),
      functionsAllowed: functionsAllowed ?? new Set(),
      findLineage,
    });
    const patientKeys = new PatientKeyFinder({
      catalog,
      decisions,
      findFamily: (table) => tables.findFamily(table),
      findLineage,
    });
    const classified = new Map<number, ClassifiedRelation>();
    for (const relation of relations) {
      const columns = views.find(relation);
      const patientKey = patientKeys.find(relation);
      if (columns.size === 0 && patientKey === undefined) continue;
      classified.set(relation.oid, { relation, columns, patientKey });
    }
    for (const [oid, columns] of sequences) {
      const relation = catalog.getRelation(oid);
      if (relation !== undefined) classified.set(oid, { relation, columns, patientKey: undefined });
    }
    const comparisons = findComparisons(
      relations.filter(({ kind }) => kind === 'v' || kind === 'm'),
      {
        catalog,
        findLineage,
        findConditions: (view) => findKnown(view)?.conditions ?? [],
        isClassified: ({ relationOid, column }) =>
          classified.get(relationOid)?.columns.has(column) === true,
      },
    );
    this.#remember(lineages, catalog);
    // A parser that could not be asked now may be asked the next time.
    const unresolved = [...lineages].filter(([, known]) => known === undefined).map(([oid]) => oid);
    const content = JSON.stringify([dataMap, [...(functionsAllowed ?? [])], unresolved]);
    return buildClassification(classified, comparisons, `${catalog.version} ${content}`);
  }

  #remember(lineages: ReadonlyMap<number, KnownLineage | undefined>, catalog: Catalog): void {
    this.#lineages = new Map();
    this.#lineagesOfVersions = new Map();
    for (const [oid, known] of lineages) {
      const view = catalog.getRelation(oid);
      if (known === undefined || view === undefined) continue;
      if (view.definition !== undefined) this.#lineages.set(view.definition, known);
      const key = keyOfVersion(view);
      if (key !== undefined) this.#lineagesOfVersions.set(key, known);
    }
  }

  #findLineage(view: CatalogRelation, catalog: Catalog): KnownLineage | undefined {
    const { definition } = view;
    const known =
      definition === undefined
        ? this.#lineagesOfVersions.get(keyOfVersion(view) ?? '')
        : this.#lineages.get(definition);
    if (known?.relations.every((relation) => isUnchanged(relation, catalog)) === true) return known;
    if (definition === undefined) return undefined;
    const parsed = this.#parser.parse(definition);
    const [statement] = parsed.kind === 'tree' ? parsed.statements : [];
    if (parsed.kind !== 'tree' || parsed.statements.length !== 1 || statement === undefined) {
      return undefined;
    }
    const reader = new DefinitionReader(catalog);
    try {
      const columns = reader.read(statement.node);
      if (columns.length !== view.columns.length) return undefined;
      return { columns, conditions: reader.conditions, relations: [...reader.relations] };
    } catch (error) {
      // What is not understood is hidden.
      if (error instanceof UnresolvedError) return undefined;
      throw error;
    }
  }
}

/** Undefined if it is not known which definition the view has. */
function keyOfVersion({ oid, columns, definitionVersion }: CatalogRelation): string | undefined {
  return definitionVersion && JSON.stringify([oid, columns, definitionVersion]);
}

/** In what lineage and conditions are read from. */
function isUnchanged(relation: CatalogRelation, catalog: Catalog): boolean {
  const now = catalog.findRelation(relation.schema, relation.name);
  if (now?.oid !== relation.oid || now.kind !== relation.kind) return false;
  const hadChildren = relation.children.length > 0;
  return (
    hadChildren === now.children.length > 0 &&
    isSameList(relation.columns, now.columns) &&
    isSameList(relation.primaryKey, now.primaryKey)
  );
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function buildClassification(
  relations: ReadonlyMap<number, ClassifiedRelation>,
  comparisons: readonly ViewComparison[],
  content: string,
): Classification {
  const classNames = new Set<string>();
  for (const { columns } of relations.values()) {
    for (const { classes, paths } of columns.values()) {
      for (const name of classes) classNames.add(name);
      for (const { className } of paths) classNames.add(className);
    }
  }
  return {
    version: createHash('sha256').update(content).digest('hex').slice(0, 32),
    classNames,
    comparisons,
    find: (oid) => relations.get(oid),
  };
}

/** An entry of a data map that speaks of nothing. */
export interface UnmatchedEntry {
  readonly section: 'columns' | 'patientKeys';
  /** As written. */
  readonly key: string;
}

/** Entries that match no column of the catalog: most likely mistyped, or of a relation that is gone. */
export function findUnmatchedEntries(
  catalog: Catalog,
  dataMap: DataMap,
): readonly UnmatchedEntry[] {
  const columns = new EntryIndex(dataMap.columns);
  const patientKeys = new EntryIndex(dataMap.patientKeys);
  const matched = new Set<object>();
  for (const relation of catalog.listRelations()) {
    if (!hasMappedColumns(relation)) continue;
    for (const entry of columns.find(relation)) {
      if (matched.has(entry)) continue;
      if (relation.columns.some((name) => matches(entry.column, name))) matched.add(entry);
    }
    for (const entry of patientKeys.find(relation)) {
      if (relation.columns.includes(entry.column)) matched.add(entry);
    }
  }
  return [
    ...dataMap.columns
      .filter((entry) => !matched.has(entry))
      .map(({ key }) => ({ section: 'columns' as const, key })),
    ...dataMap.patientKeys
      .filter((entry) => !matched.has(entry))
      .map(({ key }) => ({ section: 'patientKeys' as const, key })),
  ];
}
