import path from 'node:path';
import { decodeEntry, findKind } from './decode-entry.ts';
import type { EntryKind } from './ledger-port.ts';
import { listLogs } from './list-logs.ts';
import { LogTail } from './log-tail.ts';
import { readRefused } from './refused-ranges.ts';

/** They tell what has been, and nothing waited for them: it has been, whatever became of the entry. */
const TELLING: ReadonlySet<string> = new Set<EntryKind>([
  ...(['result', 'file', 'forward', 'target-key', 'pseudonym.use', 'cancel'] as const),
  ...(['operation.refuse', 'sign-in.refuse', 'session.refuse', 'configuration.refuse'] as const),
  ...(['session.end', 'session.leave', 'recording.chunk', 'recording.limit'] as const),
  ...(['connector.carried', 'connector.detach', 'gateway.stop'] as const),
]);

/** Whether an entry announces what then did not happen, for the ledger refused it to its caller. */
export type IsVoid = (entry: {
  readonly logName: string;
  readonly entry: { readonly seq: number; readonly kind: string };
}) => boolean;

/** Finds out of all logs of a ledger directory (`<data>/ledger`) which entries were refused. */
export async function findRefused(ledgerDirectory: string): Promise<IsVoid> {
  const refusedOf = new Map<string, ((seq: number) => boolean)[]>();
  for (const name of await listLogs(ledgerDirectory)) {
    const refused: ((seq: number) => boolean)[] = [];
    const isWanted = (entry: Buffer): boolean => findKind(entry) === 'ledger.resume';
    for await (const { bytes } of new LogTail(path.join(ledgerDirectory, name)).readOn({
      isWanted,
    })) {
      const entry = decodeEntry(bytes);
      if (entry?.kind === 'ledger.resume') refused.push(readRefused(entry));
    }
    refusedOf.set(name, refused);
  }
  return ({ logName, entry: { seq, kind } }) =>
    !TELLING.has(kind) && (refusedOf.get(logName) ?? []).some((isRefused) => isRefused(seq));
}
