import { countsOf, fieldsOf, numberOf, textOf, textsOf } from '../../audit/entry-fields.ts';
import type { Cell, Table } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What entries said of one target last. */
interface TargetRecord {
  description: Fields;
  /** By database. */
  readonly inventories: Map<string, Fields>;
}

/** What PHI a database of a target was last said to hold. */
interface HeldRecord {
  readonly target: string;
  readonly database: string;
  readonly entry: Fields;
}

/** Which targets there were at the end of the period, and what PHI their data maps and catalogs say they hold. */
export function collectInventory(): SectionCollector {
  const targets = new Map<string, TargetRecord>();
  return {
    add({ entry }) {
      const { kind } = entry;
      if (kind !== 'configuration.target' && kind !== 'target.inventory') return;
      const name = textOf(entry['target']) ?? '';
      const record = targets.get(name) ?? { description: {}, inventories: new Map() };
      targets.set(name, record);
      if (kind === 'configuration.target') record.description = entry;
      else record.inventories.set(textOf(entry['database']) ?? '', entry);
    },
    finish() {
      const all = [...targets].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const held = all.flatMap(([target, { inventories }]) =>
        [...inventories].map(([database, entry]): HeldRecord => ({ target, database, entry })),
      );
      return {
        id: 'inventory',
        title: 'Scope and PHI inventory',
        rules: [RULES.riskAnalysis, RULES.proposedInventory],
        notes: [
          'Targets as the configuration described them last, and columns as the gateway last read them from the catalog of each database that was used.',
          'What a data map does not name is unmapped: in a relation with classified columns it is masked until somebody decides.',
        ],
        tables: [
          describeTargets(all.map(([target, { description }]) => [target, description])),
          describeClasses(held),
          describeCoverage(held),
          describeUnmapped(held),
        ],
      };
    },
  };
}

function describeTargets(targets: readonly (readonly [string, Fields])[]): Table {
  return {
    id: 'targets',
    title: 'Targets',
    columns: ['Target', 'Kind', 'Address', 'TLS to the target', 'Sealing', 'Recorded', 'Data map'],
    rows: targets.map(([target, description]) => [
      target,
      textOf(description['protocol']) ?? '',
      textOf(description['address']) ?? '',
      textOf(description['tls']) ?? '',
      textOf(description['seal']) ?? '',
      description['recorded'] === true ? 'yes' : 'no',
      textOf(description['dataMapSha256'])?.slice(0, 12) ?? 'none',
    ]),
    omitted: 0,
  };
}

function describeClasses(held: readonly HeldRecord[]): Table {
  return {
    id: 'classes-held',
    title: 'Columns by data class',
    columns: ['Target', 'Database', 'Data class', 'Columns'],
    rows: held.flatMap(({ target, database, entry }) =>
      countsOf(entry['classes']).map(([name, count]): readonly Cell[] => [
        target,
        database,
        name,
        count,
      ]),
    ),
    omitted: 0,
  };
}

function describeCoverage(held: readonly HeldRecord[]): Table {
  return {
    id: 'coverage',
    title: 'Coverage of the data map',
    columns: ['Target', 'Database', 'Relations', 'With PHI', 'Columns', 'Unmapped and masked'],
    rows: held.map(({ target, database, entry }) => [
      target,
      database,
      numberOf(entry['relations']) ?? 0,
      numberOf(entry['classifiedRelations']) ?? 0,
      numberOf(entry['columns']) ?? 0,
      numberOf(fieldsOf(entry['unmapped'])['count']) ?? 0,
    ]),
    omitted: 0,
  };
}

function describeUnmapped(held: readonly HeldRecord[]): Table {
  return {
    id: 'unmapped',
    title: 'Unmapped columns',
    columns: ['Target', 'Database', 'Column'],
    rows: held.flatMap(({ target, database, entry }) =>
      textsOf(fieldsOf(entry['unmapped'])['first']).map((column): readonly Cell[] => [
        target,
        database,
        column,
      ]),
    ),
    omitted: held.reduce((sum, { entry }) => sum + countUnlisted(entry), 0),
  };
}

function countUnlisted(entry: Fields): number {
  const { count, first } = fieldsOf(entry['unmapped']);
  return (numberOf(count) ?? 0) - textsOf(first).length;
}
