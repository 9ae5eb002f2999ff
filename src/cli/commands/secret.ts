import { join } from 'node:path';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { VAULT_FILE } from '../../targets/open-secrets.ts';
import { createSecretResolver } from '../../targets/secret-resolver.ts';
import { parseVaultKey, Vault } from '../../targets/vault.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { formatTable } from '../format-table.ts';
import { escapeLine } from '../terminal-text.ts';

export interface SecretOptions {
  /** Configuration directory. */
  readonly config: string;
}

/** The vault's file in the configuration directory; the gateway opens the same. */

/**
 * `sallyport secret set`: the value comes from standard input, or is asked for without being shown.
 * Never from an argument, which every process on the machine could read.
 */
export async function runSecretSet(
  host: CliHost,
  name: string,
  { config }: SecretOptions,
): Promise<void> {
  assertName(name);
  const vault = await openVault(host, config);
  const value = host.terminal.interactive
    ? Buffer.from(await host.ask(`Value of ${name}: `, { hidden: true }))
    : dropLineEnd(await host.readInput());
  if (value.length === 0) throw new CliError(EXIT.usage, 'The value is empty: nothing was set');
  await vault.set(name, value);
  host.terminal.say(`Set. Refer to it as vault:${name}`);
}

/** `sallyport secret list`: names and versions, never values. */
export async function runSecretList(
  host: CliHost,
  { config, json }: SecretOptions & JsonOption,
): Promise<void> {
  const secrets = await (await openVault(host, config)).list();
  if (json === true) return host.terminal.printJson({ secrets });
  if (secrets.length === 0) return host.terminal.say('The vault is empty.');
  host.terminal.print(
    formatTable(
      ['secret', 'version'],
      secrets.map(({ name, version }) => [name, String(version)]),
    ),
  );
}

/** `sallyport secret remove` */
export async function runSecretRemove(
  host: CliHost,
  name: string,
  { config }: SecretOptions,
): Promise<void> {
  if (await (await openVault(host, config)).remove(name)) {
    return host.terminal.say('Removed. Targets that refer to it can no longer be reached.');
  }
  throw new CliError(EXIT.failure, `There is no secret ${escapeLine(name)}`);
}

async function openVault({ environment }: CliHost, directory: string): Promise<Vault> {
  const configuration = await loadConfiguration(directory);
  if (configuration.vault === undefined) {
    throw new CliError(
      EXIT.failure,
      'The configuration has no vault',
      'Add to sallyport.yaml, with 32 random bytes (openssl rand -hex 32) in that file:\n' +
        '  vault:\n    key: file:secrets/vault.key',
    );
  }
  const { key } = configuration.vault;
  const resolve = createSecretResolver({ environment, vault: undefined });
  const secret = await resolve(key);
  return new Vault(join(configuration.directory, VAULT_FILE), parseVaultKey(secret));
}

function assertName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  throw new CliError(
    EXIT.usage,
    'A name has up to 64 letters, digits, dots, dashes and underscores',
    'The value is not an argument: it is read from standard input or asked for.',
  );
}

/** `echo secret | …` ends its line; the secret does not. */
function dropLineEnd(input: Buffer): Buffer {
  if (input.at(-1) !== 0x0a) return input;
  return input.subarray(0, input.at(-2) === 0x0d ? -2 : -1);
}
