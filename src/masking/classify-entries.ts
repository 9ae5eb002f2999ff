import type { NamePattern } from '../configuration/name-pattern.ts';
import type { CatalogRelation } from '../sql/postgres/catalog.ts';

/** What all entries of a data map have: patterns of a schema and a relation. */
export interface RelationEntry {
  readonly schema: NamePattern;
  readonly relation: NamePattern;
}

/** Schemas that only entries without wildcards there speak of: `*` means the target's own. */
const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

/** Whether a relation belongs to PostgreSQL itself. */
export function isSystemRelation({ schema }: Pick<CatalogRelation, 'schema'>): boolean {
  return SYSTEM_SCHEMAS.has(schema);
}

/** Whether it has columns that a data map can speak of: tables of all sorts and views, not sequences, indexes or types. */
export function hasMappedColumns({ kind }: CatalogRelation): boolean {
  return kind === 'r' || kind === 'p' || kind === 'f' || kind === 'v' || kind === 'm';
}

/** How precisely a pattern names what it matches. */
export function weigh(pattern: NamePattern): number {
  if (pattern.length === 1) return 2;
  return pattern.some((piece) => piece !== '') ? 1 : 0;
}

/** Whether `name` is what a pattern stands for. Linear: the pieces are looked for from left to right. */
export function matches(pattern: NamePattern, name: string): boolean {
  const first = pattern[0] ?? '';
  if (pattern.length === 1) return first === name;
  const last = pattern.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let offset = first.length;
  const end = name.length - last.length;
  for (const piece of pattern.slice(1, -1)) {
    const found = name.indexOf(piece, offset);
    if (found === -1) return false;
    offset = found + piece.length;
  }
  return offset <= end;
}

/** Finds the entries that speak of a relation: those that name it by a look-up, those with wildcards one by one. */
export class EntryIndex<Entry extends RelationEntry> {
  readonly #byName = new Map<string, Entry[]>();
  readonly #byPattern: Entry[] = [];

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const [name = ''] = entry.relation;
      if (entry.relation.length !== 1) {
        this.#byPattern.push(entry);
        continue;
      }
      const named = this.#byName.get(name);
      if (named === undefined) this.#byName.set(name, [entry]);
      else named.push(entry);
    }
  }

  /** Not in the order of the file. */
  find(relation: CatalogRelation): readonly Entry[] {
    const { schema, name } = relation;
    const isSystem = isSystemRelation(relation);
    const speaksOf = (entry: Entry): boolean =>
      matches(entry.schema, schema) && (!isSystem || entry.schema.length === 1);
    return [
      ...(this.#byName.get(name)?.filter(speaksOf) ?? []),
      ...this.#byPattern.filter((entry) => matches(entry.relation, name) && speaksOf(entry)),
    ];
  }
}
