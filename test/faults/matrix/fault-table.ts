import { FAULTS } from './faults.ts';
import type { RoundReport } from './run-round.ts';

/** What all runs came to, as the table of `docs/faults.md`. Runs with two faults count for both. */
export function formatFaultTable(reports: readonly RoundReport[]): string {
  const head = [
    'fault',
    'how',
    'runs',
    'statements',
    'refused',
    'unanswered',
    'new sessions meanwhile',
    'works again after: median, most (ms)',
  ];
  const rows = FAULTS.map(({ name, how }) => {
    const own = reports.filter(({ faults }) => faults.includes(name));
    const sent = sum(own, ({ sent }) => sent);
    const resumes = own.map(({ resumeMs }) => resumeMs).toSorted((a, b) => a - b);
    return [
      name,
      how,
      own.length,
      sent,
      describeCounts(mergeCounts(own.map(({ refused }) => refused))),
      sum(own, ({ unanswered }) => unanswered),
      describeCounts(mergeCounts(own.map(({ signIn }) => ({ [signIn]: 1 })))),
      resumes.length === 0 ? '' : `${resumes[Math.floor(resumes.length / 2)]}, ${resumes.at(-1)}`,
    ];
  });
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function mergeCounts(
  all: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const merged: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) {
      merged[name] = (merged[name] ?? 0) + count;
    }
  }
  return merged;
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} × ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function sum(reports: readonly RoundReport[], figure: (report: RoundReport) => number): number {
  return reports.reduce((total, report) => total + figure(report), 0);
}
