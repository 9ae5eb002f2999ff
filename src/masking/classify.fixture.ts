import type { DataMap, DataMapColumn } from '../configuration/data-map.ts';
import type { MaskSetting } from '../configuration/mask-setting.ts';
import { parseNamePatterns } from '../configuration/name-pattern.ts';
import { buildCatalog, describeTable } from '../sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRelation, CatalogRows } from '../sql/postgres/catalog.ts';
import { loadParser } from '../sql/postgres/parser.ts';
import type { Classification } from './classification.ts';
import { type Classifier, createClassifier } from './classify.ts';

export const classifier: Classifier = createClassifier(await loadParser());

const TYPES: Readonly<Record<string, number>> = { int: 20, date: 1082, json: 3802 };

/** A table as `name column column:type column!`; `!` marks a generated one, `:` a type other than text. */
export function table(
  oid: number,
  description: string,
  details: Partial<CatalogRelation> = {},
): CatalogRelation {
  const [qualified = '', ...columns] = description.split(' ');
  const dot = qualified.indexOf('.');
  const [schema, name] = [qualified.slice(0, dot), qualified.slice(dot + 1)];
  const sketches = columns.map((text) => {
    const [column = '', type] = text.replace('!', '').split(':');
    const typeOid = TYPES[type ?? ''] ?? 25;
    return { name: column, typeOid, isGenerated: text.endsWith('!') };
  });
  return describeTable({ oid, schema, name }, sketches, details);
}

export function catalogOf(
  relations: readonly CatalogRelation[],
  rows: Partial<CatalogRows> = {},
): Catalog {
  return buildCatalog({ serverVersion: 150_018, relations, userFunctions: [], ...rows });
}

/** A data map with these columns, by key; a class alone or with a mask. */
export function dataMapOf(
  columns: Readonly<Record<string, string | readonly [string, MaskSetting]>>,
  rest: Partial<DataMap> = {},
): DataMap {
  return {
    columns: Object.entries(columns).map(([key, setting]): DataMapColumn => {
      const [schema = [], relation = [], column = []] = readParts(key);
      const [dataClass, mask] = typeof setting === 'string' ? [setting] : setting;
      return { key, schema, relation, column, dataClass, ...(mask && { mask }), paths: [] };
    }),
    patientKeys: [],
    unmappedRelations: 'pass',
    masks: {},
    customClasses: [],
    detectors: [],
    ...rest,
  };
}

function readParts(key: string): readonly (readonly string[])[] {
  const reading = parseNamePatterns(key);
  return reading.kind === 'read' ? reading.parts : [];
}

/** `column=classes/mask/content` of each column of a relation; redaction and plain values are left out. */
export function describeColumns(
  classification: Classification,
  { oid, columns }: CatalogRelation,
): string {
  const classified = classification.find(oid)?.columns;
  return columns
    .map((name) => {
      const column = classified?.get(name);
      if (column === undefined) return name;
      const { classes, mask, content } = column;
      const masked = mask.kind === 'redact' ? '' : `/${mask.kind}`;
      return `${name}=${classes.join('+')}${masked}${content === 'value' ? '' : `/${content}`}`;
    })
    .join(' ');
}

/** What `dataMap` makes of the columns of `catalog`. */
export function classify(catalog: Catalog, dataMap: DataMap): Classification {
  return classifier.classify(catalog, { dataMap });
}

/** `name column=class …` of each relation. */
export function show(
  relations: readonly CatalogRelation[],
  dataMap: DataMap,
  rows: Partial<CatalogRows> = {},
): readonly string[] {
  const classification = classify(catalogOf(relations, rows), dataMap);
  return relations.map(
    (relation) => `${relation.name} ${describeColumns(classification, relation)}`,
  );
}

/** A view with its definition, over the tables with these numbers. */
export function view(
  oid: number,
  description: string,
  definition: string | undefined,
  dependsOn: readonly number[] = [1],
): CatalogRelation {
  return table(oid, description, { kind: 'v', definition, dependsOn });
}
