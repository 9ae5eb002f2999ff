import { join } from 'node:path';
import type { Configuration } from '../configuration/load-configuration.ts';
import { createSecretResolver, type ResolveSecret } from './secret-resolver.ts';
import { SecretSources } from './secrets/secret-sources.ts';
import type { SourceError } from './secrets/source-error.ts';
import { parseVaultKey, Vault } from './vault.ts';

/** Name of the vault's file in the configuration directory. */
export const VAULT_FILE = 'vault.json';

/** What references need of the process that follows them. */
export interface OpenSecretsParts {
  /** The process's environment, as `bin/` took it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of what could not be renewed, by source and name. */
  readonly onProblem?: (name: string, error: SourceError) => void;
}

/** The secrets that a configuration refers to. */
export interface OpenSecrets extends AsyncDisposable {
  readonly resolve: ResolveSecret;
  /** Tells of a vault that cannot be opened now, and not at the first reference into it. @throws {VaultError|SecretError} */
  openVault(): Promise<void>;
  /** Other sources are in force; the vault stays what it was. */
  reconfigure(next: Pick<Configuration, 'secrets'>): void;
}

/** Follows the references of a configuration. Nothing is opened before it is asked for. */
export function openSecrets(
  { vault, directory, secrets }: Pick<Configuration, 'vault' | 'directory' | 'secrets'>,
  { environment, onProblem = () => undefined }: OpenSecretsParts,
): OpenSecrets {
  const withoutVault = createSecretResolver({ environment, vault: undefined });
  let opened: Vault | undefined;
  const openVault = async (): Promise<Vault | undefined> => {
    if (vault === undefined) return undefined;
    opened ??= new Vault(join(directory, VAULT_FILE), parseVaultKey(await withoutVault(vault.key)));
    return opened;
  };
  const resolveHere: ResolveSecret = async (reference) => {
    const isInVault = reference.startsWith('vault:');
    const places = { environment, vault: isInVault ? await openVault() : undefined };
    return createSecretResolver(places)(reference);
  };
  const sources = new SecretSources(secrets, {
    resolveSecret: resolveHere,
    nowMs: () => performance.now(),
    onProblem,
  });
  return {
    resolve: async (reference, use) => {
      if (/^(?:env|file|vault):/.test(reference)) return resolveHere(reference);
      return createSecretResolver({ environment, vault: undefined, sources })(reference, use);
    },
    openVault: async () => void (await openVault()),
    reconfigure: (next) => sources.reconfigure(next.secrets),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  };
}
