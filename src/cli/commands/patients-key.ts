import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { createSecretResolver } from '../../targets/secret-resolver.ts';
import { parseVaultKey, Vault } from '../../targets/vault.ts';
import { CliError, EXIT } from '../cli-error.ts';

/** The vault's file in the configuration directory; the gateway opens the same. */
const VAULT_FILE = 'vault.json';
/** The key's file in the data directory, where the gateway makes it if the configuration names none. */
const KEY_FILE = 'masking.key';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the key that the gateway derives pseudonyms and hashes of patients from. Never makes one. */
export async function readMaskingKey(
  configuration: Configuration,
  environment: Environment,
): Promise<Buffer> {
  const { masking, gateway, vault, directory } = configuration;
  const resolve = createSecretResolver({ environment, vault: undefined });
  if (masking.key === undefined) return readKeyFile(join(gateway.dataDirectory, KEY_FILE));
  if (!masking.key.startsWith('vault:') || vault === undefined) {
    return parseVaultKey(await resolve(masking.key));
  }
  const vaultKey = parseVaultKey(await resolve(absolute(vault.key, directory)));
  const opened = new Vault(join(directory, VAULT_FILE), vaultKey);
  return parseVaultKey(await createSecretResolver({ environment, vault: opened })(masking.key));
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

function absolute(reference: string, directory: string): string {
  const path = /^file:(.*)$/.exec(reference)?.[1];
  return path === undefined || isAbsolute(path) ? reference : `file:${join(directory, path)}`;
}
