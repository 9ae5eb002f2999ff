import { createPublicKey, verify } from 'node:crypto';
import type { EntryFields, LedgerPort } from '../../audit/ledger-port.ts';
import {
  type CarriedRecord,
  decodeSignedRecord,
  digestRecord,
  NO_RECORD,
} from '../../wire/tunnel/carried-record.ts';
import type { ConnectorRecord, ConnectorStore, EnteredRecords } from './connector-store.ts';
import { enterSealed } from './enter-sealed.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * Enters records of a connector in the ledger, as they were signed. One that was entered before is passed over: the
 * connector sends again what it has not heard of.
 *
 * @returns The last one that is in the ledger now.
 * @throws If a record is not this connector's. Nothing after it is entered.
 */
export async function enterCarried(
  { greeting, peer }: Pick<Tunnel, 'greeting' | 'peer'>,
  { id }: Pick<ConnectorRecord, 'id'>,
  lines: readonly Buffer[],
  { store, ledger }: { readonly store: ConnectorStore; readonly ledger: LedgerPort },
): Promise<number> {
  const key = createPublicKey({ key: greeting.recordsKey, format: 'der', type: 'spki' });
  const { process } = greeting;
  let last = (await store.findEntered(id, process)) ?? { sequence: 0, digest: NO_RECORD };
  const entering: Promise<void>[] = [];
  try {
    for (const line of lines) {
      const { record, body, signature } = decodeSignedRecord(line);
      if (record.connector !== peer.name || record.process !== process) {
        throw new Error('Cannot enter a record: it is of another connector');
      }
      if (key.asymmetricKeyType !== 'ed25519' || !verify(null, body, key, signature)) {
        throw new Error('Cannot enter a record: its signature is not right');
      }
      if (record.sequence <= last.sequence) continue;
      entering.push(enterSealed(ledger, describeRecord(record, last, line)));
      last = { sequence: record.sequence, digest: digestRecord(body) };
    }
  } finally {
    // Those before a bad one are the connector's, too.
    await Promise.all(entering);
    if (entering.length > 0) await store.noteEntered(id, process, last);
  }
  return last.sequence;
}

function describeRecord(
  { sessionId, principalId, connector, target, gateway, ...counts }: CarriedRecord,
  before: EnteredRecords,
  line: Buffer,
): EntryFields {
  return {
    kind: 'connector.carried',
    ...{ connector, target, principal: principalId, carriedFor: sessionId, by: gateway },
    streamKind: counts.kind,
    streams: counts.streams,
    operations: counts.operations,
    bytesToTarget: counts.bytesToTarget,
    bytesFromTarget: counts.bytesFromTarget,
    carriedAt: new Date(counts.atMs).toISOString(),
    process: counts.process,
    sequence: counts.sequence,
    // False: records are missing, or the chain is another.
    follows: counts.sequence === before.sequence + 1 && counts.previous === before.digest,
    record: line.toString('utf8'),
  };
}
