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

/** Says of a data directory that begins that nothing is from before. To be called before its ledger is opened, which makes one. */
export async function markBeginning(dataDirectory: string): Promise<void> {
  const begins = !existsSync(join(dataDirectory, 'ledger'));
  if (begins) await createDurably(join(dataDirectory, DONE_FILE), '');
}

/**
 * Takes what the store holds from before there were seals as it stands there: once in the life of a data directory, at the
 * first start of a version with seals. Not where it had begun with such a version, as what the store holds then is not from
 * before; so whoever can write there gains nothing by taking seals away. To be called by who has the ledger: until then an
 * earlier version may still be running, whose rows have no seals.
 */
export async function sealEarlierRows(
  dataDirectory: string,
  kinds: Readonly<Record<string, Earlier>>,
  log: Log,
): Promise<void> {
  const done = join(dataDirectory, DONE_FILE);
  if (existsSync(done)) return;
  for (const [kind, earlier] of Object.entries(kinds)) {
    const rows = await earlier.sealEarlier();
    if (rows > 0) logEarlierRowsSealed(log, { kind, rows });
  }
  await createDurably(done, '');
}
