import type { Entry } from './decode-entry.ts';
import type { LogProblem, LogReport } from './verify-log.ts';
import type { WitnessTrust } from './verify-witnessed.ts';

/** What a log says of how far another one is. */
export interface LogHead {
  /** Of the entry that says so. */
  readonly seq: number;
  readonly at: string;
  readonly log: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

/** What an entry says of other logs. Nothing, if it is not of that kind, or not as the gateway writes it. */
export function readHeads({ kind, seq, at, logs }: Entry): readonly LogHead[] {
  if (kind !== 'ledger.heads' || !Array.isArray(logs)) return [];
  return logs.flatMap((head: unknown): LogHead[] => {
    if (typeof head !== 'object' || head === null) return [];
    const { log, size, root } = head as Readonly<Record<string, unknown>>;
    const isWhole = typeof log === 'string' && typeof root === 'string';
    return isWhole && Number.isSafeInteger(size)
      ? [{ seq, at, log, size: size as number, root }]
      : [];
  });
}

/** What was found by comparing what logs say of each other. */
export interface HeadFindings {
  /** Logs that others speak of and that are not there. */
  readonly missing: readonly string[];
  /** By name of the log. */
  readonly problems: ReadonlyMap<string, LogProblem>;
}

/** How often a log says how far the others are, in milliseconds. */
export const HEADS_INTERVAL_MS: number = 3_600_000;

/**
 * Compares what logs say of each other with what is there. Only entries count that somebody believed signed.
 *
 * @param sizes Largest checkpoints of the logs before any was read: what was entered later may speak of more than was
 *   read of the others, where gateways write meanwhile.
 */
export function judgeHeads(
  reports: readonly LogReport[],
  sizes: ReadonlyMap<string, number>,
): HeadFindings {
  const missing = new Set<string>();
  const problems = new Map<string, LogProblem>();
  for (const speaker of reports) {
    const until = Math.min(vouchedEntries(speaker), sizes.get(speaker.name) ?? 0);
    for (const head of speaker.heads.filter(({ seq }) => seq < until)) {
      const log = reports.find(({ name }) => name === head.log);
      if (log === undefined) {
        missing.add(`log ${head.log} is missing as a whole: ${speaker.name} knew it`);
        continue;
      }
      // Whoever rolled a log back is contradicted each hour since: looking up where takes its time, and once will do.
      if (problems.has(log.name)) continue;
      const complaint = complainOfHead(log, head, speaker.name);
      if (complaint !== undefined) problems.set(log.name, complaint);
    }
  }
  return { missing: [...missing], problems };
}

/**
 * Whether a log that nobody has witnessed lately just came to its end: another one, which was witnessed lately, says
 * that it is as far as it is here.
 */
export function isKnownToRest(
  log: LogReport,
  fresh: readonly LogReport[],
  { asOfMs, staleAfterMs }: WitnessTrust,
): boolean {
  return fresh.some((speaker) => {
    const heads = speaker.heads.filter(({ seq }) => seq < vouchedEntries(speaker));
    const head = heads.findLast((one) => one.log === log.name);
    if (head?.size !== log.entries) return false;
    return asOfMs - Date.parse(head.at) <= HEADS_INTERVAL_MS + staleAfterMs;
  });
}

/** Entries that whoever is believed has signed. */
export function vouchedEntries({ witnessed, signedEntries }: LogReport): number {
  return witnessed?.entries ?? signedEntries;
}

function complainOfHead(
  log: LogReport,
  { size, root, seq }: LogHead,
  speaker: string,
): LogProblem | undefined {
  const { entries, roots } = log;
  if (size === 0 || roots[size] === root) return undefined;
  const known = `entry ${seq} of ${speaker} knew ${size}`;
  const sizes = Object.keys(roots).map(Number);
  const before = sizes.findLast((one) => one < size && one <= vouchedEntries(log)) ?? 0;
  const place = { file: 'checkpoints', offset: 0 };
  if (size > entries) {
    return { ...place, seq: entries, what: `the log ends after ${entries} entries, but ${known}` };
  }
  const what =
    roots[size] === undefined
      ? `there is no checkpoint of a size that was signed: ${known}`
      : `entries up to ${size - 1} are not those that another log knew: ${known}`;
  return { ...place, seq: before, what };
}
