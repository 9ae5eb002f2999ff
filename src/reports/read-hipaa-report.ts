import { findRefused } from '../audit/find-refused.ts';
import { LedgerReader } from '../audit/ledger-reader.ts';
import { readEntries } from '../audit/read-entries.ts';
import { type VerifyOptions, verifyLedger } from '../audit/verify-ledger.ts';
import { makeHipaaReport, type ReportPeriod } from './make-hipaa-report.ts';
import type { Report, ReportCheckpoint } from './report.ts';

export interface ReadReportOptions extends VerifyOptions {
  /** Names of logs that are known and are not here: the report says so, and that the ledger is not whole. */
  readonly missing?: readonly string[];
}

/**
 * Verifies a ledger and makes the report of a period from all of its entries.
 *
 * @param ledgerDirectory `<data>/ledger`, or a copy of it.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a damaged record.
 */
export async function readHipaaReport(
  ledgerDirectory: string,
  period: ReportPeriod,
  { missing = [], ...options }: ReadReportOptions = {},
): Promise<Report> {
  // Before the entries are read: a checkpoint that comes later would be about more than the report.
  const logs = await new LedgerReader(ledgerDirectory).listLogs();
  const checkpoints = logs.flatMap(({ name, checkpoint }): ReportCheckpoint[] =>
    checkpoint === undefined
      ? []
      : [{ log: name, size: checkpoint.size, root: checkpoint.root.toString('base64') }],
  );
  const { ok, problems, ...verified } = await verifyLedger(ledgerDirectory, options);
  const absent = missing.map((name) => `log ${name} was not read: its gateway did not answer`);
  const verification = {
    ...verified,
    ...{ ok: ok && missing.length === 0, problems: [...problems, ...absent] },
  };
  const isVoid = await findRefused(ledgerDirectory);
  const entries = readEntries(ledgerDirectory);
  return makeHipaaReport({ entries, isVoid, checkpoints, verification }, period);
}
