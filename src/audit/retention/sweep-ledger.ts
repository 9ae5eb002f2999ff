import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Day } from '../../encryption/day-keys.ts';
import { LedgerError } from '../ledger-error.ts';
import { lockLog } from '../ledger-lock.ts';
import { listLogs } from '../list-logs.ts';
import { readSegment } from '../read-segment.ts';
import { parseSegmentFileName } from '../segment-format.ts';
import { eraseContents, hasContents } from './erase-contents.ts';

/** Erases what is left of contents whose keys were destroyed, in all logs of a ledger. */
export class LedgerSweep {
  readonly #directory: string;
  /** Segments that need not be looked at again. */
  readonly #swept = new Set<string>();

  /** @param directory `<data>/ledger`. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param days Whose keys were destroyed. @returns How many segments were erased. */
  async run(days: ReadonlySet<Day>): Promise<number> {
    let count = 0;
    if (days.size === 0) return count;
    for (const name of await listLogs(this.#directory)) {
      const log = path.join(this.#directory, name);
      const segments = (await readdir(log))
        .filter((file) => parseSegmentFileName(file) !== undefined)
        .toSorted()
        .map((file) => path.join(log, file));
      for (const segment of segments.slice(0, -1)) {
        if (await this.#sweepSegment(segment, days)) count += 1;
      }
      count += await this.#sweepLast(log, segments.at(-1), days);
    }
    return count;
  }

  /** The last segment may be written just now, unless nobody writes the log. */
  async #sweepLast(
    log: string,
    segment: string | undefined,
    days: ReadonlySet<Day>,
  ): Promise<number> {
    if (segment === undefined || this.#swept.has(segment)) return 0;
    if (!days.has((await readDay(segment)) ?? '')) return 0;
    try {
      await using _lock = await lockLog(log);
      return (await this.#sweepSegment(segment, days)) ? 1 : 0;
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'ERR_LEDGER_LOCKED') return 0;
      throw error;
    }
  }

  async #sweepSegment(segment: string, days: ReadonlySet<Day>): Promise<boolean> {
    if (this.#swept.has(segment) || !days.has((await readDay(segment)) ?? '')) return false;
    const isLeft = await hasContents(segment);
    if (isLeft) await eraseContents(segment);
    this.#swept.add(segment);
    return isLeft;
  }
}

/** The day whose key wraps the contents of a segment. */
export async function readDay(segment: string): Promise<Day | undefined> {
  for await (const part of readSegment(segment)) {
    return part.kind === 'header' ? part.header.contentKey.day : undefined;
  }
  return undefined;
}
