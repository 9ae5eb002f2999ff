import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { DayKeyFiles } from '../../encryption/day-key-files.ts';
import { EncryptionError } from '../../encryption/encryption-error.ts';
import { inspectKeys, type KeyInspection } from '../../encryption/inspect-keys.ts';
import type { MasterKeyRing } from '../../encryption/master-key-ring.ts';
import { openMasterKey } from '../../encryption/open-master-key.ts';
import { SecretError } from '../../targets/secret-error.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { openConfiguredSecrets } from '../configured-secrets.ts';
import { escapeLine } from '../terminal-text.ts';

export interface KeysOptions extends JsonOption {
  /** Configuration directory. */
  readonly config: string;
}

/** `sallyport keys check`: whether the master key opens what it has to. Exits 1 if it does not. */
export async function runKeysCheck(host: CliHost, options: KeysOptions): Promise<number> {
  const inspection = await inspectConfiguredKeys(host, options.config);
  const isOk = inspection.problems.length === 0;
  if (options.json === true) host.terminal.printJson({ ok: isOk, ...inspection });
  else print(host, inspection);
  return isOk ? EXIT.ok : EXIT.failure;
}

/** `sallyport keys rewrap`: moves all keys to the configured master key, from those before it. */
export async function runKeysRewrap(host: CliHost, { config }: KeysOptions): Promise<void> {
  const { masterKey, dayKeys } = await openKeys(host, config);
  let count = 0;
  for (const keys of dayKeys) count += await keys.rewrap(masterKey.current);
  host.terminal.say(`Wrapped ${count} keys by ${escapeLine(masterKey.description)}.`);
}

/**
 * Looks at the keys of a configuration.
 *
 * @param daysMax Day keys of each kind that are tried. Default: all.
 */
export async function inspectConfiguredKeys(
  host: CliHost,
  config: string,
  daysMax?: number,
): Promise<KeyInspection> {
  try {
    const { masterKey, dayKeys } = await openKeys(host, config);
    return await inspectKeys(masterKey, dayKeys, daysMax);
  } catch (error) {
    if (!(error instanceof EncryptionError || error instanceof SecretError)) throw error;
    return { masterKey: 'none', opened: 0, destroyed: 0, problems: [error.message] };
  }
}

async function openKeys(
  { environment }: CliHost,
  config: string,
): Promise<{ readonly masterKey: MasterKeyRing; readonly dayKeys: readonly DayKeyFiles[] }> {
  const configuration = await loadConfiguration(config);
  const { dataDirectory } = configuration.gateway;
  const resolveSecret = openConfiguredSecrets(configuration, environment);
  const parts = { dataDirectory, resolveSecret, mayCreate: false };
  const masterKey = await openMasterKey(configuration.encryption, parts);
  const dayKeys = (['content', 'recordings'] as const).map(
    (purpose) => new DayKeyFiles({ dataDirectory, purpose, masterKey }),
  );
  return { masterKey, dayKeys };
}

function print({ terminal }: CliHost, inspection: KeyInspection): void {
  const { masterKey, opened, destroyed, problems } = inspection;
  terminal.print(`master key   ${escapeLine(masterKey)}`);
  terminal.print(`day keys     ${opened} opened, ${destroyed} destroyed`);
  for (const problem of problems) terminal.print(`problem      ${escapeLine(problem)}`);
}
