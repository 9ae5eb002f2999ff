import type { Entry } from '../../audit/decode-entry.ts';
import { countsOf, fieldsOf, numberOf } from '../../audit/entry-fields.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

interface Activity {
  sessions: number;
  operations: number;
  refused: number;
  held: number;
  rows: number;
}

interface Shown {
  masked: number;
  found: number;
  rawResults: number;
}

/** Decisions by principal, target and data class. */
export function collectActivity(): SectionCollector {
  const activity = new Tally<Activity>(() => ({
    sessions: 0,
    operations: 0,
    refused: 0,
    held: 0,
    rows: 0,
  }));
  const shown = new Tally<Shown>(() => ({ masked: 0, found: 0, rawResults: 0 }));
  return {
    add({ entry, isWithin, actor }) {
      if (!isWithin || actor === undefined) return;
      const { principalId, target } = actor;
      const figures = activity.find(principalId, target);
      if (figures !== undefined) {
        if (entry.kind === 'session.start') figures.sessions += 1;
        if (entry.kind === 'operation') figures.operations += 1;
        if (entry.kind === 'operation.refuse') figures.refused += 1;
        if (entry.kind === 'review.request') figures.held += 1;
        if (entry.kind === 'result') figures.rows += numberOf(entry['rows']) ?? 0;
      }
      if (entry.kind === 'result') addShown(shown, [principalId, target], entry);
    },
    finish: () => ({
      id: 'activity',
      title: 'Decisions by principal, target and data class',
      rules: [RULES.auditControls, RULES.activityReview, RULES.minimumNecessary],
      notes: [
        'An operation is counted as allowed when its decision was entered, before it reached the target; as held when it waited for reviewers.',
        'Rows and values are of results that read classified relations. Masked: changed at the source. Found: recognised in free text and masked.',
      ],
      tables: [
        {
          id: 'operations',
          title: 'Operations',
          columns: ['Principal', 'Target', 'Sessions', 'Allowed', 'Refused', 'Held', 'Rows shown'],
          rows: activity.rows(({ sessions, operations, refused, held, rows }) => [
            sessions,
            operations,
            refused,
            held,
            rows,
          ]),
          omitted: activity.omitted,
        },
        {
          id: 'classes',
          title: 'Data classes in results',
          columns: [
            'Principal',
            'Target',
            'Data class',
            'Values masked',
            'Values found in text',
            'Results shown raw',
          ],
          rows: shown.rows(({ masked, found, rawResults }) => [masked, found, rawResults]),
          omitted: shown.omitted,
        },
      ],
    }),
  };
}

function addShown(
  shown: Tally<Shown>,
  where: readonly [principalId: string, target: string],
  entry: Entry,
): void {
  for (const [name, count] of countsOf(entry['masked'])) {
    const figures = shown.find(...where, name);
    if (figures !== undefined) figures.masked += count;
  }
  for (const [name, count] of countsOf(entry['found'])) {
    const figures = shown.find(...where, name);
    if (figures !== undefined) figures.found += count;
  }
  for (const name of Object.keys(fieldsOf(entry['raw']))) {
    const figures = shown.find(...where, name);
    if (figures !== undefined) figures.rawResults += 1;
  }
}
