import type {
  CheckpointQuery,
  CheckpointView,
  LedgerEntryQuery,
  LedgerProofPath,
} from '../api/ledger.ts';
import type { SignedCheckpoint } from '../audit/checkpoint-writer.ts';
import { seal } from '../audit/seal.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';

const ENTRIES_DEFAULT = 50;
const CHECKPOINTS_DEFAULT = 20;

/** Lists the logs of this gateway's machine. */
export async function listLedgerLogs(services: ControlPlaneServices): Promise<Answer> {
  const logs = await services.ledgerFiles.listLogs();
  return answerJson({
    logs: logs.map(({ name, publicKey, checkpoint }) => ({
      name,
      publicKey,
      size: checkpoint?.size ?? 0,
    })),
    coverage: await coverLogs(services),
  });
}

/** Lists signed checkpoints, newest first: to be kept where the gateway cannot reach. */
export async function listCheckpoints(
  { ledgerFiles }: ControlPlaneServices,
  { query }: SignedInCall,
): Promise<Answer> {
  const { log, limit = CHECKPOINTS_DEFAULT } = query as CheckpointQuery;
  const found = await ledgerFiles.listCheckpoints(log, limit);
  if (found === undefined) return answerNoLog();
  return answerJson({ checkpoints: found.map((checkpoint) => viewCheckpoint(log, checkpoint)) });
}

/** Lists entries, newest first. They hold statements, so the reading is entered first. */
export async function listLedgerEntries(
  { ledgerFiles, ledger }: ControlPlaneServices,
  { query, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { log, kind, session, limit = ENTRIES_DEFAULT, cursor } = query as LedgerEntryQuery;
  const before = /^\d{1,15}$/.exec(cursor ?? '')?.[0];
  await seal(ledger, {
    kind: 'ledger.read',
    principal: principal.id,
    log,
    ...(session !== undefined && { watched: session }),
    client: clientAddress,
  });
  const page = await ledgerFiles.listEntries(log, {
    kind,
    session,
    limit,
    beforeSeq: before === undefined ? undefined : Number(before),
  });
  if (page === undefined) return answerNoLog();
  return answerJson({
    entries: page.entries.map(({ entry, bytes }) => ({
      log,
      index: entry.seq,
      at: entry.at,
      kind: entry.kind,
      sessionId: entry.session,
      bytes: bytes.toString('base64'),
    })),
    nextCursor: page.nextBeforeSeq === undefined ? undefined : String(page.nextBeforeSeq),
  });
}

/** Proves that an entry is in its log, by the last checkpoint. */
export async function proveLedgerEntry(
  { ledgerFiles, ledger }: ControlPlaneServices,
  { path, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { log, index } = path as LedgerProofPath;
  const proof = await ledgerFiles.prove(log, index);
  if (proof === undefined) {
    return answerProblem(
      'not-found',
      'there is no such entry under a checkpoint',
      'A new entry is covered by a checkpoint within a minute.',
    );
  }
  await seal(ledger, {
    kind: 'ledger.read',
    principal: principal.id,
    log,
    index,
    client: clientAddress,
  });
  return answerJson({
    log,
    index,
    bytes: proof.bytes.toString('base64'),
    checkpoint: proof.checkpoint.note,
    path: proof.path.map((hash) => hash.toString('base64')),
    publicKey: proof.publicKey,
    content: (await ledgerFiles.readContent(log, index)) ?? { state: 'none' },
  });
}

function viewCheckpoint(log: string, { size, root, note }: SignedCheckpoint): CheckpointView {
  return { log, size, root: root.toString('base64'), note };
}

function answerNoLog(): Answer {
  return answerProblem(
    'not-found',
    'there is no such log on this gateway',
    'Logs of other gateways are read at those.',
  );
}
