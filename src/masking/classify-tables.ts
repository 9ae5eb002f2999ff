import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import type { ClassifiedColumn } from './classification.ts';
import type { DataMapDecisions, Decision } from './classify-decisions.ts';
import { isSystemRelation } from './classify-entries.ts';
import { deriveColumn, mergeColumns, redactColumn } from './classify-merge.ts';
import { shapeOf } from './rows/value-shape.ts';

/** What is known of a column so far. */
interface Finding {
  /** Undefined: decided to hold nothing to mask. */
  readonly column: ClassifiedColumn | undefined;
  /** Nobody decided: it is masked for being beside classified columns, and gives way to anything better. */
  readonly isDefault: boolean;
}

type Findings = Map<string, Finding>;

/** Types with lower OIDs are PostgreSQL's own (`FirstNormalObjectId`). */
const FIRST_USER_OID = 16_384;

/** Classifies what holds rows: tables, partitions, foreign tables. */
export class TableClassifier {
  readonly #catalog: Catalog;
  readonly #tables: readonly CatalogRelation[];
  readonly #decisions: DataMapDecisions;
  readonly #findings = new Map<number, Findings>();
  /** Relations that the data map gives a class to, and their families. */
  readonly #mapped = new Set<number>();
  /** Relations that share rows or columns with others through inheritance: each with its whole family. */
  readonly #families = new Map<number, readonly CatalogRelation[]>();

  constructor(
    catalog: Catalog,
    relations: readonly CatalogRelation[],
    decisions: DataMapDecisions,
  ) {
    this.#catalog = catalog;
    this.#tables = relations.filter(({ kind }) => kind === 'r' || kind === 'p' || kind === 'f');
    this.#decisions = decisions;
  }

  /** Classified columns of each table that has any, by OID and name. */
  classify(
    unmappedRelations: 'pass' | 'inspect' | 'mask',
  ): ReadonlyMap<number, ReadonlyMap<string, ClassifiedColumn>> {
    for (const table of this.#tables) {
      if (this.#findings.has(table.oid)) continue;
      this.#decideFamily(this.findFamily(table));
    }
    do this.#followForeignKeys();
    while (this.#deriveGenerated() || this.#deriveRows());
    if (unmappedRelations !== 'pass') {
      for (const table of this.#tables) this.#classifyUnmapped(table, unmappedRelations);
    }
    const classified = new Map<number, ReadonlyMap<string, ClassifiedColumn>>();
    for (const [oid, findings] of this.#findings) {
      const columns = new Map<string, ClassifiedColumn>();
      for (const [name, { column }] of findings) {
        if (column !== undefined) columns.set(name, column);
      }
      if (columns.size > 0) classified.set(oid, columns);
    }
    return classified;
  }

  /** All that are parents or children of each other, over any number of steps. */
  findFamily(table: CatalogRelation): readonly CatalogRelation[] {
    if (table.parents.length === 0 && table.children.length === 0) return [table];
    const known = this.#families.get(table.oid);
    if (known !== undefined) return known;
    const family = new Map<number, CatalogRelation>([[table.oid, table]]);
    for (const { parents, children } of family.values()) {
      for (const oid of [...parents, ...children]) {
        const relative = this.#catalog.getRelation(oid);
        if (relative !== undefined) family.set(oid, relative);
      }
    }
    const members = [...family.values()];
    for (const { oid } of members) this.#families.set(oid, members);
    return members;
  }

  #decideFamily(family: readonly CatalogRelation[]): void {
    const decided = new Map(family.map((table) => [table.oid, this.#decisions.decide(table)]));
    const isMapped = family.some(
      (table) =>
        !isSystemRelation(table) &&
        (this.#decisions.lacksColumn(table) ||
          [...(decided.get(table.oid)?.values() ?? [])].some(({ column }) => column !== undefined)),
    );
    const best = findBest(family, decided);
    for (const table of family) {
      if (isMapped) this.#mapped.add(table.oid);
      const findings: Findings = new Map();
      for (const { name, isGenerated } of table.attributes) {
        const own = decided.get(table.oid)?.get(name);
        const shared = best.get(name);
        const decision = own === undefined || (shared?.weight ?? 0) > own.weight ? shared : own;
        if (decision !== undefined)
          findings.set(name, { column: decision.column, isDefault: false });
        else if (isMapped)
          findings.set(name, { column: unmapped(name, isGenerated), isDefault: true });
      }
      this.#findings.set(table.oid, findings);
    }
    if (family.length > 1 && isMapped) {
      for (const table of family) this.#raiseToDescendants(table);
    }
  }

  /** Who reads a parent reads its children's rows, so what is classified there is classified in the parent. */
  #raiseToDescendants(table: CatalogRelation): void {
    const findings = this.#findings.get(table.oid);
    const below = new Map<number, CatalogRelation>();
    const addChildren = ({ children }: CatalogRelation): void => {
      for (const oid of children) {
        const child = this.#catalog.getRelation(oid);
        if (child !== undefined) below.set(oid, child);
      }
    };
    addChildren(table);
    // A Map goes on to what is added while it is walked.
    for (const child of below.values()) addChildren(child);
    for (const name of table.columns) {
      if (findings === undefined || findings.get(name)?.column !== undefined) continue;
      const columns = [...below.keys()].flatMap(
        (oid) => this.#findings.get(oid)?.get(name)?.column ?? [],
      );
      if (columns.length === 0) continue;
      const column = mergeColumns(
        columns,
        name,
        `a child of ${formatName(table)} has it classified`,
      );
      findings.set(name, { column, isDefault: false });
    }
  }

  /** Values of a foreign key are values of the column that it refers to. */
  #followForeignKeys(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const table of this.#tables) {
        for (const { columns, referencedRelation, referencedColumns } of table.foreignKeys) {
          const referred = this.#findings.get(referencedRelation);
          const other = this.#catalog.getRelation(referencedRelation);
          if (referred === undefined || other === undefined) continue;
          for (const [index, name] of columns.entries()) {
            const source = referencedColumns[index] ?? '';
            const found = referred.get(source);
            if (found?.column === undefined) continue;
            const because = `refers to ${formatName(other)}.${source}`;
            const finding = { ...found, column: { ...found.column, name, because } };
            if (this.#improve(table, name, finding)) changed = true;
          }
        }
      }
    }
  }

  /** Sets a finding, in the whole family, where nobody decided. */
  #improve(table: CatalogRelation, name: string, finding: Finding): boolean {
    let changed = false;
    for (const member of this.#families.get(table.oid) ?? [table]) {
      if (!member.columns.includes(name)) continue;
      let findings = this.#findings.get(member.oid);
      if (findings === undefined) {
        findings = new Map();
        this.#findings.set(member.oid, findings);
      }
      const before = findings.get(name);
      if (before !== undefined && (!before.isDefault || finding.isDefault)) continue;
      findings.set(name, finding);
      changed = true;
    }
    return changed;
  }

  /** Generated columns beside classified ones may be computed from them. */
  #deriveGenerated(): boolean {
    let changed = false;
    for (const table of this.#tables) {
      const findings = this.#findings.get(table.oid);
      if (findings === undefined) continue;
      const columns = [...findings.values()].flatMap(({ column }) => column ?? []);
      if (columns.length === 0) continue;
      for (const { name, isGenerated } of table.attributes) {
        if (!isGenerated || findings.has(name)) continue;
        const column = deriveColumn(columns, name, 'may be generated from classified columns');
        changed = this.#improve(table, name, { column, isDefault: false }) || changed;
      }
    }
    return changed;
  }

  /** A column of the type of a classified table's rows holds such rows. */
  #deriveRows(): boolean {
    let changed = false;
    for (const table of this.#tables) {
      for (const { name, typeOid } of table.attributes) {
        // PostgreSQL's own types hold nobody's rows.
        if (typeOid < FIRST_USER_OID) continue;
        const held = [...this.#findRowTypes(typeOid)].flatMap((oid) => [
          ...(this.#findings.get(oid)?.values() ?? []),
        ]);
        const columns = held.flatMap(({ column }) => column ?? []);
        if (columns.length === 0) continue;
        const column = deriveColumn(columns, name, 'holds rows of a classified relation');
        changed = this.#improve(table, name, { column, isDefault: false }) || changed;
      }
    }
    return changed;
  }

  /** Relations whose rows may be in a value of a type, at any depth. */
  #findRowTypes(typeOid: number, found: Set<number> = new Set()): ReadonlySet<number> {
    const type = this.#catalog.findType(typeOid);
    if (type === undefined) return found;
    if (type.innerOid !== 0) this.#findRowTypes(type.innerOid, found);
    const { relationOid, fields } = type;
    if (relationOid === undefined || found.has(relationOid)) return found;
    found.add(relationOid);
    for (const field of fields) this.#findRowTypes(field.typeOid, found);
    return found;
  }

  #classifyUnmapped(table: CatalogRelation, mode: 'inspect' | 'mask'): void {
    if (this.#mapped.has(table.oid) || isSystemRelation(table)) return;
    const findings = this.#findings.get(table.oid) ?? new Map<string, Finding>();
    this.#findings.set(table.oid, findings);
    for (const { name, typeOid } of table.attributes) {
      if (findings.has(name)) continue;
      const column = unmapped(name, false);
      if (mode === 'mask') findings.set(name, { column, isDefault: true });
      else {
        const shape = shapeOf(typeOid, (oid) => this.#catalog.findType(oid)).kind;
        if (shape === 'plain') continue;
        const content = shape === 'json' ? 'json' : 'text';
        findings.set(name, { column: { ...column, content }, isDefault: true });
      }
    }
  }
}

/** By column name, what the most precise entries say that speak of any member of a family. */
function findBest(
  family: readonly CatalogRelation[],
  decided: ReadonlyMap<number, ReadonlyMap<string, Decision>>,
): ReadonlyMap<string, Decision> {
  const best = new Map<string, Decision>();
  if (family.length === 1) return best;
  for (const table of family) {
    for (const [name, decision] of decided.get(table.oid) ?? []) {
      const before = best.get(name);
      const column = decision.column && {
        ...decision.column,
        because: `same column of ${formatName(table)}`,
      };
      if (before === undefined || before.weight < decision.weight) {
        best.set(name, { ...decision, column });
      } else if (before.weight === decision.weight && column !== undefined) {
        const columns = before.column === undefined ? [column] : [before.column, column];
        const { because } = columns[0] ?? column;
        best.set(name, { ...before, column: mergeColumns(columns, name, because) });
      }
    }
  }
  return best;
}

function unmapped(name: string, isGenerated: boolean): ClassifiedColumn {
  const because = isGenerated
    ? 'generated in a classified relation and not in the data map'
    : 'not in the data map';
  return redactColumn(name, ['unmapped'], because);
}

function formatName({ schema, name }: CatalogRelation): string {
  return `${schema}.${name}`;
}
