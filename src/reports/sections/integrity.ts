import type { VerifyReport } from '../../audit/verify-ledger.ts';
import type { Section } from '../report.ts';
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
    ],
  };
}
