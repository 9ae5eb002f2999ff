import type { DataMap, DataMapColumn } from '../configuration/data-map.ts';
import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import { findMask, type TargetClasses } from './classes/target-classes.ts';
import type { ClassifiedColumn } from './classification.ts';
import { EntryIndex, matches, type RelationEntry, weigh } from './classify-entries.ts';
import { findSystemColumns } from './classify-system.ts';
import { shapeOf } from './rows/value-shape.ts';

/** What the data map says of one column. */
export interface Decision {
  /** Undefined: decided to hold nothing to mask. */
  readonly column: ClassifiedColumn | undefined;
  /** How precisely the entry names the column: 6 without wildcards. The highest decides. */
  readonly weight: number;
}

/** The weight of an entry without wildcards: somebody looked at this very column. */
export const EXACT_WEIGHT = 6;

type ColumnEntry = DataMapColumn & {
  readonly weight: number;
  /** Of several entries that match, the highest decides. */
  readonly rank: number;
};

/** Entries that speak of the same relations. */
interface EntryGroup extends RelationEntry {
  readonly named: Map<string, ColumnEntry>;
  readonly wild: ColumnEntry[];
}

/** Applies the entries of a data map to relations. */
export class DataMapDecisions {
  readonly #columns: EntryIndex<EntryGroup>;
  readonly #patientKeys: EntryIndex<DataMap['patientKeys'][number]>;
  readonly #classes: TargetClasses;
  readonly #catalog: Catalog;

  constructor(dataMap: DataMap, classes: TargetClasses, catalog: Catalog) {
    this.#columns = new EntryIndex(groupEntries(dataMap.columns));
    this.#patientKeys = new EntryIndex(dataMap.patientKeys);
    this.#classes = classes;
    this.#catalog = catalog;
  }

  /** By column name; columns that no entry speaks of are not there. */
  decide(relation: CatalogRelation): ReadonlyMap<string, Decision> {
    const decisions = new Map<string, Decision>();
    for (const column of findSystemColumns(relation)) {
      decisions.set(column.name, { column, weight: EXACT_WEIGHT });
    }
    const groups = this.#columns.find(relation);
    if (groups.length === 0) return decisions;
    for (const { name, typeOid } of relation.attributes) {
      const entry = findEntry(groups, name);
      if (entry === undefined) continue;
      // Of what the system shows only a person decides who looked at this very column.
      if (decisions.has(name) && entry.weight < EXACT_WEIGHT) continue;
      const isNone = entry.dataClass === 'none';
      decisions.set(name, {
        weight: entry.weight,
        column: isNone ? undefined : this.#classify(entry, name, typeOid),
      });
    }
    return decisions;
  }

  /**
   * Whether an entry for this very relation gives a class to a column that is not there: it was renamed, most likely, and its
   * values are under a name that no entry decides.
   */
  lacksColumn(relation: CatalogRelation): boolean {
    return this.#columns.find(relation).some((group) => {
      if (group.schema.length !== 1 || group.relation.length !== 1) return false;
      return [...group.named].some(
        ([name, { dataClass }]) => dataClass !== 'none' && !relation.columns.includes(name),
      );
    });
  }

  /** The column that says whose row it is, if the data map names one that is there. */
  findPatientKey(relation: CatalogRelation): string | undefined {
    const entries = this.#patientKeys
      .find(relation)
      .filter(({ column }) => relation.columns.includes(column))
      .toSorted((a, b) => weighRelation(a) - weighRelation(b));
    return entries.at(-1)?.column;
  }

  #classify(entry: ColumnEntry, name: string, typeOid: number): ClassifiedColumn {
    const { dataClass, mask } = entry;
    const shape = shapeOf(typeOid, (oid) => this.#catalog.findType(oid)).kind;
    // With a mask of its own it is masked as a whole, at the source.
    const isInspected = mask === undefined && (dataClass === 'free-text' || dataClass === 'json');
    const content =
      !isInspected || shape === 'plain'
        ? 'value'
        : dataClass === 'json' || shape === 'json'
          ? 'json'
          : 'text';
    return {
      name,
      classes: [dataClass],
      mask: findMask(this.#classes, dataClass, mask),
      content,
      paths: entry.paths.map((path) => ({
        path: path.path,
        className: path.dataClass,
        mask: findMask(this.#classes, path.dataClass, path.mask),
      })),
      because: `the data map says ${dataClass} (${entry.key})`,
    };
  }
}

function groupEntries(columns: readonly DataMapColumn[]): readonly EntryGroup[] {
  const ranked = columns
    .map((entry) => ({
      ...entry,
      weight: weigh(entry.schema) + weigh(entry.relation) + weigh(entry.column),
    }))
    // Stable: of equal weight the later one ranks higher.
    .toSorted((a, b) => a.weight - b.weight);
  const groups = new Map<string, EntryGroup>();
  for (const [rank, unranked] of ranked.entries()) {
    const entry = { ...unranked, rank };
    const { schema, relation, column } = entry;
    const key = JSON.stringify([schema, relation]);
    const group: EntryGroup = groups.get(key) ?? {
      schema,
      relation,
      named: new Map(),
      wild: [],
    };
    groups.set(key, group);
    const [name = ''] = column;
    if (column.length === 1) group.named.set(name, entry);
    else group.wild.push(entry);
  }
  return [...groups.values()];
}

function findEntry(groups: readonly EntryGroup[], name: string): ColumnEntry | undefined {
  let best: ColumnEntry | undefined;
  for (const { named, wild } of groups) {
    const entry = named.get(name) ?? wild.findLast(({ column }) => matches(column, name));
    if (entry !== undefined && (best === undefined || entry.rank > best.rank)) best = entry;
  }
  return best;
}

function weighRelation({ schema, relation }: DataMap['patientKeys'][number]): number {
  return weigh(schema) + weigh(relation);
}
