import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { DayKeyFiles } from '../../encryption/day-key-files.ts';
import type { Day } from '../../encryption/day-keys.ts';
import { listLogs } from '../list-logs.ts';
import { parseSegmentFileName } from '../segment-format.ts';
import { hasContents } from './erase-contents.ts';
import { RetentionHistory } from './retention-history.ts';
import { readDay } from './sweep-ledger.ts';

/**
 * Finds contents that cannot be read although nothing says that they expired: who owns the disk can take a
 * key away, and the ledger's files alone do not show it.
 *
 * @param ledgerDirectory `<data>/ledger`.
 * @returns For people; empty if all is well.
 */
export async function findKeyProblems(
  ledgerDirectory: string,
  contentKeys: DayKeyFiles,
): Promise<readonly string[]> {
  const { expiredDays } = await new RetentionHistory(ledgerDirectory).read();
  const destroyed = new Set(await contentKeys.listDestroyed());
  const kept = new Set(await contentKeys.list());
  const problems: string[] = [];
  for (const day of await listDaysWithContents(ledgerDirectory)) {
    if (expiredDays.has(day) || (kept.has(day) && !destroyed.has(day))) continue;
    problems.push(
      `contents of ${day} cannot be read: their key is gone, and no entry says that they expired`,
    );
  }
  return problems;
}

async function listDaysWithContents(ledgerDirectory: string): Promise<readonly Day[]> {
  const days = new Set<Day>();
  for (const name of await listLogs(ledgerDirectory)) {
    const log = path.join(ledgerDirectory, name);
    for (const file of await readdir(log)) {
      if (parseSegmentFileName(file) === undefined) continue;
      const segment = path.join(log, file);
      const day = await readDay(segment);
      if (day === undefined || days.has(day)) continue;
      if (await hasContents(segment)) days.add(day);
    }
  }
  return [...days].toSorted();
}
