import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import { parseVaultKey } from '../targets/vault.ts';

/** Name of the file in the data directory that holds the key when the configuration names none. */
export const MASKING_KEY_FILE = 'masking.key';

/**
 * The key from which pseudonyms, date shifts and the hashes of patients derive: 32 bytes. Makes one
 * at the first start. Who loses it can no longer find patients in old evidence, and all pseudonyms
 * change; who steals it can try out values.
 */
export async function readMaskingKey(
  { masking, gateway }: Pick<Configuration, 'masking' | 'gateway'>,
  resolveSecret: ResolveSecret,
): Promise<Buffer> {
  if (masking.key !== undefined) return parseVaultKey(await resolveSecret(masking.key));
  const path = join(gateway.dataDirectory, MASKING_KEY_FILE);
  try {
    await writeFile(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // Another process, or an earlier start, made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return parseVaultKey(await readFile(path));
}
