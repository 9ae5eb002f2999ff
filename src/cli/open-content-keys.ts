import type { Configuration } from '../configuration/load-configuration.ts';
import { DayKeyFiles } from '../encryption/day-key-files.ts';
import type { MasterKeyRing } from '../encryption/master-key-ring.ts';
import { openMasterKey } from '../encryption/open-master-key.ts';
import { findOwnMasterKey } from '../encryption/read-master-key.ts';
import { openSecrets } from '../targets/open-secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The master key of a configuration. Never makes one. @throws {EncryptionError} If there is none. */
export function openConfiguredMasterKey(
  configuration: Configuration,
  environment: Environment,
): Promise<MasterKeyRing> {
  const { dataDirectory } = configuration.gateway;
  const resolveSecret = openSecrets(configuration, { environment }).resolve;
  return openMasterKey(configuration.encryption, {
    dataDirectory,
    resolveSecret,
    mayCreate: false,
  });
}

/** The keys of what the ledger's entries keep apart, as a configuration has them. @throws {EncryptionError} */
export async function openConfiguredContentKeys(
  configuration: Configuration,
  environment: Environment,
): Promise<DayKeyFiles> {
  const { dataDirectory } = configuration.gateway;
  const masterKey = await openConfiguredMasterKey(configuration, environment);
  return new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey });
}

/**
 * The same by the key that a gateway made for itself. Undefined where only the ledger was copied: then it
 * stays sealed.
 *
 * @param directory The gateway's data directory, or another one.
 */
export async function openContentKeys(directory: string): Promise<DayKeyFiles | undefined> {
  const masterKey = await findOwnMasterKey(directory);
  return masterKey && new DayKeyFiles({ dataDirectory: directory, purpose: 'content', masterKey });
}
