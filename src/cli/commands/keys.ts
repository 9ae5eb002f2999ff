import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LedgerError } from '../../audit/ledger-error.ts';
import { findKeyProblems } from '../../audit/retention/find-key-problems.ts';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { DayKeyFiles, type KeyPurpose } from '../../encryption/day-key-files.ts';
import { EncryptionError } from '../../encryption/encryption-error.ts';
import { inspectKeys, type KeyInspection } from '../../encryption/inspect-keys.ts';
import type { MasterKeyRing } from '../../encryption/master-key-ring.ts';
import { SecretError } from '../../targets/secret-error.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { formatCount } from '../format-count.ts';
import { openConfiguredMasterKey } from '../open-content-keys.ts';
import { escapeLine } from '../terminal-text.ts';

export interface KeysOptions extends JsonOption {
  /** Configuration directory. */
  readonly config: string;
}

/** `sallyport keys check`: whether all that is kept can be read. Exits 1 if it cannot. */
export async function runKeysCheck(host: CliHost, options: KeysOptions): Promise<number> {
  const inspection = await inspectConfiguredKeys(host, options.config);
  const isOk = inspection.problems.length === 0;
  if (options.json === true) host.terminal.printJson({ ok: isOk, ...inspection });
  else print(host, inspection);
  return isOk ? EXIT.ok : EXIT.failure;
}

/** `sallyport keys rewrap`: moves all keys to the configured master key, from those before it. */
export async function runKeysRewrap(host: CliHost, { config }: KeysOptions): Promise<void> {
  const { masterKey, content, recordings } = await openKeys(host, config);
  let count = 0;
  for (const keys of [content, recordings]) count += await keys.rewrap(masterKey.current);
  host.terminal.say(
    `Wrapped ${formatCount(count, 'key')} by ${escapeLine(masterKey.description)}.`,
  );
}

/**
 * Looks at the keys of a configuration: what is there must open, and what should be there the ledger knows.
 *
 * @param daysMax Day keys of each kind that are tried; the ledger is then left out. Default: all.
 */
export async function inspectConfiguredKeys(
  host: CliHost,
  config: string,
  daysMax?: number,
): Promise<KeyInspection> {
  try {
    const { masterKey, content, recordings, ledgerDirectory } = await openKeys(host, config);
    const inspection = await inspectKeys(masterKey, [content, recordings], daysMax);
    if (daysMax !== undefined || !existsSync(ledgerDirectory)) return inspection;
    const missing = await findMissing(ledgerDirectory, content);
    return { ...inspection, problems: [...inspection.problems, ...missing] };
  } catch (error) {
    if (!(error instanceof EncryptionError || error instanceof SecretError)) throw error;
    return { masterKey: 'none', opened: 0, destroyed: 0, problems: [error.message] };
  }
}

/** A ledger that cannot be read is a problem beside those of keys. */
async function findMissing(
  ledgerDirectory: string,
  content: DayKeyFiles,
): Promise<readonly string[]> {
  try {
    return await findKeyProblems(ledgerDirectory, content);
  } catch (error) {
    if (error instanceof LedgerError) return [error.message];
    throw error;
  }
}

interface OpenedKeys {
  readonly masterKey: MasterKeyRing;
  readonly content: DayKeyFiles;
  readonly recordings: DayKeyFiles;
  readonly ledgerDirectory: string;
}

async function openKeys({ environment }: CliHost, config: string): Promise<OpenedKeys> {
  const configuration = await loadConfiguration(config);
  const { dataDirectory } = configuration.gateway;
  const masterKey = await openConfiguredMasterKey(configuration, environment);
  const open = (purpose: KeyPurpose): DayKeyFiles =>
    new DayKeyFiles({ dataDirectory, purpose, masterKey });
  const ledgerDirectory = join(dataDirectory, 'ledger');
  return { masterKey, content: open('content'), recordings: open('recordings'), ledgerDirectory };
}

function print({ terminal }: CliHost, inspection: KeyInspection): void {
  const { masterKey, opened, destroyed, problems } = inspection;
  terminal.print(`master key   ${escapeLine(masterKey)}`);
  terminal.print(`day keys     ${opened} opened, ${destroyed} destroyed`);
  for (const problem of problems) terminal.print(`problem      ${escapeLine(problem)}`);
}
