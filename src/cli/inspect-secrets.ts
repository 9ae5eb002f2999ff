import type { Configuration } from '../configuration/load-configuration.ts';
import { openSecrets } from '../targets/open-secrets.ts';
import { SecretError } from '../targets/secret-error.ts';
import { VaultError } from '../targets/vault.ts';

/**
 * Whether every secret that a configuration refers to can be had from here. What is leased for that is given back.
 *
 * @returns What is wrong, a line for each reference; nothing of what was read.
 */
export async function findSecretProblems(
  configuration: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  await using secrets = openSecrets(configuration, { environment });
  const problems: string[] = [];
  for (const reference of configuration.secretReferences) {
    try {
      const secret = await secrets.resolve(reference);
      secret.fill(0);
    } catch (error) {
      if (!(error instanceof SecretError || error instanceof VaultError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}
