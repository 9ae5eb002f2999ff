import { join } from 'node:path';
import { LedgerCopy, NoRoomError } from '../audit/ledger-pieces.ts';
import type { ReportOutcome, Reports } from '../control-plane/services.ts';
import type { JobInput, JobThread } from '../control-plane/threads/job-thread.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { belongsTo } from './log-owner.ts';
import type { JointReading } from './open-joint-reading.ts';

type ReportJob = Omit<JobInput<'makeHipaaReport'>, 'ledgerDirectory'>;

/** Makes reports on a thread of their own: of the ledger here, or of a copy of all where there are other gateways. */
export async function openReports(
  own: GatewayProcess,
  reading: Pick<JointReading, 'ledgers'>,
  { thread, log }: { readonly thread: JobThread; readonly log: Log },
): Promise<Reports> {
  const { dataDirectory } = own.configuration.gateway;
  await LedgerCopy.removeLeft(dataDirectory).catch((error: unknown) =>
    logUnexpectedError(log, 'reports', error),
  );
  let isCopying = false;
  /** Each copy is as large as all ledgers. */
  const makeOfCopy = async (
    ledgers: ReadonlyMap<string, AsyncIterable<unknown>>,
    job: ReportJob,
  ): Promise<ReportOutcome> => {
    await using copy = await LedgerCopy.make(dataDirectory);
    try {
      for (const [gateway, pieces] of ledgers) {
        await copy.add(pieces, (name) => belongsTo(name, gateway));
      }
    } catch (error) {
      if (error instanceof NoRoomError) return { kind: 'no-room' };
      throw error;
    }
    return await thread.run('makeHipaaReport', { ledgerDirectory: copy.directory, ...job });
  };
  return {
    make: async (period, format, { read, missing }) => {
      const ledgers = reading.ledgers(read);
      const job = { missing, period, format };
      if (ledgers.size === 1) {
        const ledgerDirectory = join(dataDirectory, 'ledger');
        return thread.run('makeHipaaReport', { ledgerDirectory, ...job });
      }
      if (isCopying) return { kind: 'busy' };
      isCopying = true;
      try {
        const made = await makeOfCopy(ledgers, job);
        if (made.kind !== 'done' || made.output.isWhole || missing.length > 0) return made;
        // A log that was copied late can know more of one that was copied early than there was of it then.
        return await makeOfCopy(reading.ledgers(read), job);
      } finally {
        isCopying = false;
      }
    },
  };
}
