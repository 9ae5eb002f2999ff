import { createPublicKey, type KeyObject, verify } from 'node:crypto';
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

/** A line that is no record of the connector that sent it. */
export class RecordNotAcceptedError extends Error {
  override readonly name = 'RecordNotAcceptedError';
  readonly code = 'ERR_RECORD_NOT_ACCEPTED';
}

/**
 * Enters records of a connector in the ledger, as they were signed. One that was entered before is passed over: the
 * connector sends again what it has not heard of.
 *
 * @returns The last one that is in the ledger now.
 * @throws {RecordNotAcceptedError} If a line is no record, or not this connector's. Nothing after it is entered.
 * @throws {Error} If the store or the ledger does not answer: the same lines may be entered later.
 */
export async function enterCarried(
  { greeting, peer }: Pick<Tunnel, 'greeting' | 'peer'>,
  { id }: Pick<ConnectorRecord, 'id'>,
  lines: readonly Buffer[],
  { store, ledger }: { readonly store: ConnectorStore; readonly ledger: LedgerPort },
): Promise<number> {
  const key = readKey(greeting.recordsKey);
  const { process } = greeting;
  let last = (await store.findEntered(id, process)) ?? { sequence: 0, digest: NO_RECORD };
  const entering: Promise<void>[] = [];
  try {
    for (const line of lines) {
      const { record, body } = openRecord(line, key);
      if (record.connector !== peer.name || record.process !== process) {
        throw new RecordNotAcceptedError('Cannot enter a record: it is of another connector');
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

/** @throws {RecordNotAcceptedError} */
function readKey(spki: Buffer): KeyObject {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new RecordNotAcceptedError('Cannot enter records: their key is none', { cause });
  }
  throw new RecordNotAcceptedError('Cannot enter records: their key is not of Ed25519');
}

/** @throws {RecordNotAcceptedError} If it is no record, or is not signed by the key. */
function openRecord(
  line: Buffer,
  key: KeyObject,
): { readonly record: CarriedRecord; readonly body: Buffer } {
  const { record, body, signature } = decodeLine(line);
  if (verify(null, body, key, signature)) return { record, body };
  throw new RecordNotAcceptedError('Cannot enter a record: its signature is not right');
}

function decodeLine(line: Buffer): ReturnType<typeof decodeSignedRecord> {
  try {
    return decodeSignedRecord(line);
  } catch (cause) {
    throw new RecordNotAcceptedError('Cannot enter a record: it is none', { cause });
  }
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
