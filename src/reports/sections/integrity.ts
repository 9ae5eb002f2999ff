import type { VerifyReport } from '../../audit/verify-ledger.ts';
import type { LogReport } from '../../audit/verify-log.ts';
import type { Section, Table } from '../report.ts';
import { RULES } from '../rules.ts';

/** What the verification of the ledger found when the report was made. */
export function describeIntegrity({ ok, logs, problems, notes }: VerifyReport): Section {
  return {
    id: 'integrity',
    title: 'Integrity of the log',
    rules: [RULES.integrity, RULES.retention],
    notes: [
      ok
        ? 'The ledger was verified when this report was made, and is whole.'
        : 'The ledger was verified when this report was made, and is NOT whole: see below.',
      'Anybody can repeat this: `sallyport audit verify`, or `tools/verify_ledger.py`, on a copy of the files, with keys kept elsewhere.',
      ...problems,
      ...notes,
    ],
    tables: [
      {
        id: 'logs',
        title: 'Logs',
        columns: ['Log', 'State', 'Entries', 'Signed', 'Checkpoints', 'First', 'Last', 'Root'],
        rows: logs.map((log) => [
          log.name,
          log.problem === undefined
            ? 'whole'
            : `damaged at entry ${log.problem.seq}: ${log.problem.what}`,
          log.entries,
          log.signedEntries,
          log.checkpoints,
          log.firstAt ?? '',
          log.lastAt ?? '',
          log.root,
        ]),
        omitted: 0,
      },
      ...describeExpired(logs),
    ],
  };
}

/** What a report cannot speak of, because it went by the rules of retention; nothing if all is there. */
function describeExpired(logs: readonly LogReport[]): readonly Table[] {
  const rows = logs.flatMap(({ name, erased, expired }) => [
    ...erased.map(({ day, count }) => [name, day, 'contents', count, '']),
    ...expired.map(({ day, count, by }) => [
      ...[name, day, 'entries', count],
      by === undefined ? 'nothing that counts' : `entry ${by.seq} of ${by.log}`,
    ]),
  ]);
  if (rows.length === 0) return [];
  const columns = ['Log', 'Day', 'What', 'How many', 'Said by'];
  return [
    {
      id: 'expired',
      title: 'Expired, and in no section of this report',
      columns,
      rows,
      omitted: 0,
    },
  ];
}
