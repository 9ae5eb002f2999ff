import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { changeYaml } from '../../demo/write-configuration.ts';
import type { ConfigurationOutcome } from '../../src/api/configuration.ts';
import { bundleConfiguration } from '../../src/configuration/bundle.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { type ApiCaller, callApi } from '../e2e/call-api.ts';

/** Copies a gateway's directory to one that a team keeps in git: secrets lie elsewhere. */
export async function copyAsShared(own: string, shared: string): Promise<void> {
  await cp(own, shared, { recursive: true });
  for (const listener of [['postgres', 0], ['api']]) {
    await changeYaml(join(shared, 'sallyport.yaml'), [
      [['listeners', ...listener, 'tls', 'certificate'], join(own, 'tls/server.crt')],
      [['listeners', ...listener, 'tls', 'key'], join(own, 'tls/server.key')],
    ]);
  }
}

/** Applies a directory, as `sallyport apply` does. */
export async function applyShared(
  caller: ApiCaller,
  shared: string,
  wish: { readonly dryRun?: boolean; readonly expectedVersion?: number } = {},
): Promise<ConfigurationOutcome> {
  const files = await bundleConfiguration(await loadConfiguration(shared));
  return callApi<ConfigurationOutcome>(caller, 'POST', '/v1/configuration', {
    files: files.map(({ path, content }) => ({ path, content: content.toString('base64') })),
    ...wish,
  });
}
