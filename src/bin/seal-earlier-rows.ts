import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDurably } from '../encryption/durable-file.ts';
import { logEarlierRowsSealed } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Says in the data directory that nothing of the store from before is taken as it stands any more. */
const DONE_FILE = 'store-sealed';

/** What earlier versions put into the store without a seal. */
export interface Earlier {
  /** Seals it as it stands there, and says how many rows it was. */
  sealEarlier(): Promise<number>;
}

/**
 * Takes what the store holds from before there were seals as it stands there: once in the life of a data directory, at the
 * first start of a version with seals, before its ledger is opened. Not for a data directory that begins, as what the store
 * holds then is not from before; so whoever can write there gains nothing by taking seals away.
 */
export async function sealEarlierRows(
  dataDirectory: string,
  kinds: Readonly<Record<string, Earlier>>,
  log: Log,
): Promise<void> {
  const done = join(dataDirectory, DONE_FILE);
  if (existsSync(done)) return;
  if (existsSync(join(dataDirectory, 'ledger'))) {
    for (const [kind, earlier] of Object.entries(kinds)) {
      const rows = await earlier.sealEarlier();
      if (rows > 0) logEarlierRowsSealed(log, { kind, rows });
    }
  }
  await createDurably(done, '');
}
