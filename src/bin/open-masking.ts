import type { Configuration } from '../configuration/load-configuration.ts';
import { Masking } from '../gateway/masking.ts';
import { StoredTokenVault } from '../gateway/token-vault.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { Services } from './open-services.ts';

/** What the data maps of the targets ask for. @throws {ConfigurationError} */
export function openMasking(
  { masking: { keyVersion }, targets }: Configuration,
  { maskingKey: masterKey, store }: Pick<Services, 'maskingKey' | 'store'>,
  parser: SqlParser,
): Masking {
  const tokenVault = new StoredTokenVault({ masterKey, keyVersion, storage: store.vaultTokens });
  return new Masking({ masterKey, keyVersion, parser, tokenVault, nowMs: Date.now }, targets);
}
