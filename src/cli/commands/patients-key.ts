import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { openSecrets } from '../../targets/open-secrets.ts';
import { parseVaultKey } from '../../targets/vault.ts';
import { CliError, EXIT } from '../cli-error.ts';

/** The key's file in the data directory, where the gateway makes it if the configuration names none. */
const KEY_FILE = 'masking.key';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the key that the gateway derives pseudonyms and hashes of patients from. Never makes one. */
export async function readMaskingKey(
  configuration: Configuration,
  environment: Environment,
): Promise<Buffer> {
  const { masking, gateway } = configuration;
  if (masking.key === undefined) return readKeyFile(join(gateway.dataDirectory, KEY_FILE));
  return parseVaultKey(await openSecrets(configuration, { environment }).resolve(masking.key));
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return parseVaultKey(await readFile(path));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    throw new CliError(
      EXIT.failure,
      `There is no key ${path}`,
      'Run this where the gateway runs, or name the key in sallyport.yaml: masking.key',
      { cause: error },
    );
  }
}
