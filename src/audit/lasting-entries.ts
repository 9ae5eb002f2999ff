import { hash } from 'node:crypto';
import type { EntryKind } from './ledger-port.ts';

/** What a log says of itself stays when entries expire: without it, nobody could say what is right in the rest. */
export const LASTING_KINDS: ReadonlySet<string> = new Set<EntryKind>([
  'gateway.start',
  'retention.expire',
  'hold.start',
  'hold.end',
  'ledger.heads',
  'ledger.key-change',
  'ledger.resume',
]);

/** Of no entry that stays. */
export const NOTHING_LASTS: string = '00'.repeat(32);

/**
 * Adds an entry that stays to the digest of those before it of its day. An expiry names the digest, so that nobody can
 * take a hold, or what a log knew of another one, away with the rest. All are hex.
 */
export function addLasting(digest: string, leafHash: string): string {
  return hash('sha256', Buffer.from(digest + leafHash, 'hex'));
}
