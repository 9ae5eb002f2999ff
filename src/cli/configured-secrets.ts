import { isAbsolute, join } from 'node:path';
import type { Configuration } from '../configuration/load-configuration.ts';
import { createSecretResolver, type ResolveSecret } from '../targets/secret-resolver.ts';
import { parseVaultKey, Vault } from '../targets/vault.ts';

/** The vault's file in the configuration directory; the gateway opens the same. */
const VAULT_FILE = 'vault.json';

/** Resolves the references of a configuration as its gateway does. */
export function openConfiguredSecrets(
  { vault, directory }: Pick<Configuration, 'vault' | 'directory'>,
  environment: Readonly<Record<string, string | undefined>>,
): ResolveSecret {
  const withoutVault = createSecretResolver({ environment, vault: undefined });
  if (vault === undefined) return withoutVault;
  return async (reference) => {
    if (!reference.startsWith('vault:')) return withoutVault(reference);
    const key = parseVaultKey(await withoutVault(absolute(vault.key, directory)));
    const opened = new Vault(join(directory, VAULT_FILE), key);
    return createSecretResolver({ environment, vault: opened })(reference);
  };
}

function absolute(reference: string, directory: string): string {
  const path = /^file:(.*)$/.exec(reference)?.[1];
  return path === undefined || isAbsolute(path) ? reference : `file:${join(directory, path)}`;
}
