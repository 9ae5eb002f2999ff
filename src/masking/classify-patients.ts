import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { DataMapDecisions } from './classify-decisions.ts';
import type { LineageColumn } from './classify-lineage.ts';

/** What patient keys are found by. */
export interface PatientKeyParts {
  readonly catalog: Catalog;
  readonly decisions: DataMapDecisions;
  /** All that are parents or children of each other, the table itself included. */
  readonly findFamily: (table: CatalogRelation) => readonly CatalogRelation[];
  readonly findLineage: (view: CatalogRelation) => readonly LineageColumn[] | undefined;
}

/**
 * Finds the column that says whose row it is: named by the data map for the relation or for one that it shares rows with, a foreign
 * key that refers to such a column, or a column of a view that shows one.
 */
export class PatientKeyFinder {
  readonly #parts: PatientKeyParts;
  readonly #known = new Map<number, string | undefined>();

  constructor(parts: PatientKeyParts) {
    this.#parts = parts;
  }

  find(relation: CatalogRelation): string | undefined {
    const { oid, kind } = relation;
    if (!this.#known.has(oid)) {
      // Keys that refer to each other in a circle say nothing.
      this.#known.set(oid, undefined);
      const own = this.#parts.decisions.findPatientKey(relation);
      const isView = kind === 'v' || kind === 'm';
      this.#known.set(
        oid,
        own ?? (isView ? this.#findShown(relation) : this.#findRelated(relation)),
      );
    }
    return this.#known.get(oid);
  }

  #findRelated(table: CatalogRelation): string | undefined {
    for (const member of this.#parts.findFamily(table)) {
      const key = this.#parts.decisions.findPatientKey(member);
      if (key !== undefined && table.columns.includes(key)) return key;
    }
    for (const { columns, referencedRelation, referencedColumns } of table.foreignKeys) {
      const referred = this.#parts.catalog.getRelation(referencedRelation);
      const key = referred && this.find(referred);
      const index = key === undefined ? -1 : referencedColumns.indexOf(key);
      if (index >= 0) return columns[index];
    }
    return undefined;
  }

  #findShown(view: CatalogRelation): string | undefined {
    const lineage = this.#parts.findLineage(view) ?? [];
    const index = lineage.findIndex(({ lineage: { isPlain, sources } }) => {
      const [source, ...others] = sources.values();
      if (!isPlain || source === undefined || others.length > 0) return false;
      const relation = this.#parts.catalog.getRelation(source.relationOid);
      return relation !== undefined && this.find(relation) === source.column;
    });
    return view.columns[index];
  }
}
