import { mkdir } from 'node:fs/promises';
import type { JoinedGateway } from '../configuration/local-settings.ts';
import { openStore } from '../store/open-store.ts';
import { createSecretResolver } from '../targets/secret-resolver.ts';
import { parseVaultKey } from '../targets/vault.ts';
import { assertMaskingKey } from './assert-masking-key.ts';
import { JoinedConfiguration } from './joined-configuration.ts';
import type { Environment } from './open-services.ts';

/** One asks and one waits. */
const CONNECTIONS_MAX = 2;

/**
 * Connects to the store and takes the configuration from there; goes on to as long as `opened` is open.
 *
 * @throws If the store has none, or has one that was sealed with another key.
 */
export async function joinStore(
  { local, initial }: JoinedGateway,
  environment: Environment,
  opened: AsyncDisposableStack,
): Promise<JoinedConfiguration> {
  // A vault is part of a configuration, which is not there yet.
  const resolveSecret = createSecretResolver({ environment, vault: undefined });
  const connectionString = (await resolveSecret(local.store)).toString('utf8').trim();
  const maskingKey = parseVaultKey(await resolveSecret(local.maskingKey));
  await mkdir(local.dataDirectory, { recursive: true, mode: 0o700 });
  const store = opened.use(
    await openStore({
      connection: { kind: 'external', connectionString },
      connectionsMax: CONNECTIONS_MAX,
    }),
  );
  await assertMaskingKey(store.gateways, maskingKey);
  const joined = new JoinedConfiguration(store.openConfigurations(maskingKey), local.dataDirectory);
  if (initial !== undefined) await joined.bring(initial, local);
  await joined.take();
  return joined;
}
