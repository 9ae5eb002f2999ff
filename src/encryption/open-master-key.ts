import type {
  EncryptionSettings,
  MasterKeySettings,
} from '../configuration/encryption-settings.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import { AwsKmsKey } from './aws-kms.ts';
import { LocalMasterKey } from './local-master-key.ts';
import type { MasterKey } from './master-key.ts';
import { MasterKeyRing } from './master-key-ring.ts';
import { getOwnMasterKey, parseMasterKey, readOwnMasterKey } from './read-master-key.ts';
import { VaultTransitKey } from './vault-transit.ts';

/** What opening a master key needs beside its settings. */
export interface MasterKeyParts {
  readonly dataDirectory: string;
  readonly resolveSecret: ResolveSecret;
  /** Whether the gateway's own key is made when there is none. Only the gateway does. */
  readonly mayCreate: boolean;
}

/**
 * Opens the configured master key, with those before it.
 *
 * @throws {EncryptionError} If one is kept here and cannot be read. A service is asked only when it is needed.
 */
export async function openMasterKey(
  { masterKey, previousKeys }: EncryptionSettings,
  parts: MasterKeyParts,
): Promise<MasterKeyRing> {
  const previous: MasterKey[] = [];
  for (const settings of previousKeys) previous.push(await openOne(settings, parts));
  return new MasterKeyRing(await openOne(masterKey, parts), previous);
}

async function openOne(
  settings: MasterKeySettings,
  { dataDirectory, resolveSecret, mayCreate }: MasterKeyParts,
): Promise<MasterKey> {
  switch (settings.kind) {
    case 'own':
      return mayCreate ? readOwnMasterKey(dataDirectory) : getOwnMasterKey(dataDirectory);
    case 'secret': {
      const secret = await resolveSecret(settings.key);
      return new LocalMasterKey(parseMasterKey(secret, settings.key), settings.key);
    }
    case 'vault-transit': {
      const { token, ...rest } = settings;
      const readToken = async (): Promise<string> => String(await resolveSecret(token)).trim();
      return new VaultTransitKey({ ...rest, readToken });
    }
    case 'aws-kms':
      return new AwsKmsKey(settings);
  }
}
