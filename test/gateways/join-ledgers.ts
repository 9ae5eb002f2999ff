import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGISTRY_FILE } from '../../src/audit/ledger-layout.ts';
import { type VerifyReport, verifyLedger } from '../../src/audit/verify-ledger.ts';
import type { Member } from './environment.ts';

/** Verifies the logs of all gateways together, as an auditor has them: each knows heads of the others. */
export async function verifyTogether(
  members: readonly Pick<Member, 'dataDirectory'>[],
): Promise<VerifyReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-ledgers-'));
  try {
    const registries: string[] = [];
    for (const { dataDirectory } of members) {
      const ledger = join(dataDirectory, 'ledger');
      registries.push(await readFile(join(ledger, REGISTRY_FILE), 'utf8'));
      await cp(ledger, directory, { recursive: true });
    }
    return await verifyLedger(directory, { registry: registries.join('\n') });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
