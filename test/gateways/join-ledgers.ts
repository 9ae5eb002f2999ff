import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type VerifyReport, verifyLedger } from '../../src/audit/verify-ledger.ts';
import type { Member } from './environment.ts';

/** Verifies the logs of all gateways together, as an auditor has them: each knows heads of the others. */
export async function verifyTogether(
  members: readonly Pick<Member, 'dataDirectory'>[],
): Promise<VerifyReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-ledgers-'));
  try {
    for (const { dataDirectory } of members) {
      await cp(join(dataDirectory, 'ledger'), directory, { recursive: true });
    }
    return await verifyLedger(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
