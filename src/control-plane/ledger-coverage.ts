import type { LedgerCoverage } from '../api/ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';

type Services = Pick<ControlPlaneServices, 'ledgerFiles' | 'listKnownLogs'>;

/**
 * What an answer out of all logs is read from: to be asked first, so that it is made from these, or fails. A log whose
 * gateway does not answer is missing.
 */
export async function coverLogs({ ledgerFiles, listKnownLogs }: Services): Promise<LedgerCoverage> {
  const [found, known] = await Promise.all([ledgerFiles.listLogs(), listKnownLogs()]);
  const read = found.map(({ name }) => name);
  return { read, missing: known.filter((name) => !read.includes(name)).toSorted() };
}

/** What an answer out of one log is read from. */
export async function coverLog(services: Services, log: string): Promise<LedgerCoverage> {
  const { read } = await coverLogs(services);
  return read.includes(log) ? { read: [log], missing: [] } : { read: [], missing: [log] };
}
