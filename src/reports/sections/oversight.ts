import { textOf } from '../../audit/entry-fields.ts';
import type { EntryKind } from '../../audit/ledger-port.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

const READINGS: Readonly<Partial<Record<EntryKind, string>>> = {
  'recording.watch': 'watched a recording',
  'session.read': 'read what a session did',
  'session.search': 'searched statements',
  'session.join': 'took part in a session of another',
  'session.stop': 'ended a session of another',
  'request.read': 'read a request',
  'ledger.read': 'read the ledger',
  'disclosures.find': 'asked who saw a patient',
  'policy.replay': 'tried policies on past operations',
  'target.discover': 'sampled a target for its data map',
  explain: 'asked what would become of a statement',
};

/** Who looked at the record itself. */
export function collectOversight(): SectionCollector {
  const readings = new Tally<{ count: number; lastAt: string }>(() => ({ count: 0, lastAt: '' }));
  return {
    add({ entry, isWithin, actor }) {
      const what = READINGS[entry.kind];
      if (!isWithin || what === undefined) return;
      const principal = textOf(entry['principal']) ?? actor?.principalId ?? '';
      const figures = readings.find(principal, what, textOf(entry['target']) ?? '');
      if (figures === undefined) return;
      figures.count += 1;
      if (entry.at > figures.lastAt) figures.lastAt = entry.at;
    },
    finish: () => ({
      id: 'oversight',
      title: 'Who looked at the record',
      rules: [RULES.activityReview, RULES.auditControls],
      notes: ['Reading recordings, sessions and the ledger through the gateway is itself entered.'],
      tables: [
        {
          id: 'readings',
          title: 'Readings',
          columns: ['Principal', 'What', 'Target', 'Count', 'Last'],
          rows: readings.rows(({ count, lastAt }) => [count, lastAt]),
          omitted: readings.omitted,
        },
      ],
    }),
  };
}
