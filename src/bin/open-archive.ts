import { Archive, type ArchiveEvent } from '../archive/archive.ts';
import { S3ObjectStore } from '../archive/s3-object-store.ts';
import { writeSpoolState } from '../archive/spool-gate.ts';
import type { RetentionKeeper } from '../audit/retention/retention-keeper.ts';
import type { S3Settings } from '../configuration/storage-settings.ts';
import {
  logArchiveFailed,
  logArchiveRecovered,
  logStorageFull,
  logStorageRecovered,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Milliseconds after which a recording that is in no list is taken for finished. */
const UNLISTED_IDLE_MS = 3_600_000;

/** An archive that copies, until it is disposed. */
export interface OpenedArchive extends AsyncDisposable {
  readonly archive: Archive;
}

/** Begins to copy what is finished, for all processes of the gateway. Undefined if nothing is configured. */
export async function openArchive(
  { configuration, services }: GatewayProcess,
  retention: RetentionKeeper,
  log: Log,
): Promise<OpenedArchive | undefined> {
  const { storage, gateway } = configuration;
  const { dataDirectory } = gateway;
  if (storage.kind === 'directory') {
    // If there was an archive before, nothing else would ever say that its spool is not full any more.
    await writeSpoolState(dataDirectory, 'open');
    return undefined;
  }
  const { ledger, resolveSecret, sessions } = services;
  const read = async (reference: string): Promise<string> =>
    (await resolveSecret(reference)).toString('utf8').trim();
  const objects = new S3ObjectStore({
    settings: storage,
    credentials: async () => ({
      accessKeyId: await read(storage.accessKeyId),
      secretAccessKey: await read(storage.secretAccessKey),
    }),
    nowMs: Date.now,
  });
  const archive = await Archive.open({
    dataDirectory,
    store: objects,
    settings: storage,
    listExpiries: storage.removeExpired ? () => retention.listExpiries() : undefined,
    ledger,
    signLedger: () => ledger.checkpoints.write(),
    hasEnded: async (id, changedAtMs) => {
      const session = await sessions.find(id);
      if (session === undefined) return Date.now() - changedAtMs > UNLISTED_IDLE_MS;
      return session.end !== undefined;
    },
    nowMs: Date.now,
    onEvent: (event) => report(log, storage, event),
  });
  archive.start();
  return {
    archive,
    async [Symbol.asyncDispose]() {
      await archive[Symbol.asyncDispose]();
      objects[Symbol.dispose]();
    },
  };
}

function report(log: Log, { spool }: S3Settings, event: ArchiveEvent): void {
  switch (event.kind) {
    case 'failed':
      logArchiveFailed(log, { reason: event.error.message });
      break;
    case 'recovered':
      logArchiveRecovered(log);
      break;
    case 'full':
      logStorageFull(log, { pendingBytes: event.pendingBytes, consequence: spool.whenFull });
      break;
    case 'emptied':
      logStorageRecovered(log);
      break;
  }
}
