import { countsOf, fieldsOf, numberOf, textOf, textsOf } from '../../audit/entry-fields.ts';
import type { Cell } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

/** What entries said of one target last. */
interface TargetRecord {
  description: Readonly<Record<string, unknown>>;
  /** By database. */
  readonly inventories: Map<string, Readonly<Record<string, unknown>>>;
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
      const inventories = all.flatMap(([name, record]) =>
        [...record.inventories].map(([database, entry]) => ({ name, database, entry })),
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
          {
            id: 'targets',
            title: 'Targets',
            columns: [
              'Target',
              'Kind',
              'Address',
              'TLS to the target',
              'Sealing',
              'Recorded',
              'Data map',
            ],
            rows: all.map(([name, { description }]) => [
              name,
              textOf(description['protocol']) ?? '',
              textOf(description['address']) ?? '',
              textOf(description['tls']) ?? '',
              textOf(description['seal']) ?? '',
              description['recorded'] === true ? 'yes' : 'no',
              textOf(description['dataMapSha256'])?.slice(0, 12) ?? 'none',
            ]),
            omitted: 0,
          },
          {
            id: 'classes-held',
            title: 'Columns by data class',
            columns: ['Target', 'Database', 'Data class', 'Columns'],
            rows: inventories.flatMap(({ name, database, entry }) =>
              countsOf(entry['classes']).map(([className, count]): readonly Cell[] => [
                name,
                database,
                className,
                count,
              ]),
            ),
            omitted: 0,
          },
          {
            id: 'coverage',
            title: 'Coverage of the data map',
            columns: [
              'Target',
              'Database',
              'Relations',
              'With PHI',
              'Columns',
              'Unmapped and masked',
            ],
            rows: inventories.map(({ name, database, entry }) => [
              name,
              database,
              numberOf(entry['relations']) ?? 0,
              numberOf(entry['classifiedRelations']) ?? 0,
              numberOf(entry['columns']) ?? 0,
              numberOf(fieldsOf(entry['unmapped'])['count']) ?? 0,
            ]),
            omitted: 0,
          },
          {
            id: 'unmapped',
            title: 'Unmapped columns',
            columns: ['Target', 'Database', 'Column'],
            rows: inventories.flatMap(({ name, database, entry }) =>
              textsOf(fieldsOf(entry['unmapped'])['first']).map((column): readonly Cell[] => [
                name,
                database,
                column,
              ]),
            ),
            omitted: inventories.reduce((sum, { entry }) => sum + countUnlisted(entry), 0),
          },
        ],
      };
    },
  };
}

function countUnlisted(entry: Readonly<Record<string, unknown>>): number {
  const { count, first } = fieldsOf(entry['unmapped']);
  return (numberOf(count) ?? 0) - textsOf(first).length;
}
