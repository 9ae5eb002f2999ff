import type { Configuration } from '../configuration/load-configuration.ts';
import { Masking } from '../gateway/masking.ts';
import { StoredPseudonyms } from '../gateway/stored-pseudonyms.ts';
import { StoredTokenVault } from '../gateway/token-vault.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { Services } from './open-services.ts';

/** What the data maps of the targets ask for. @throws {ConfigurationError} */
export function openMasking(
  { masking: { keyVersion }, targets }: Configuration,
  { maskingKey: masterKey, store }: Pick<Services, 'maskingKey' | 'store'>,
  { parser, log }: { readonly parser: SqlParser; readonly log: Log },
): Masking {
  const tokenVault = new StoredTokenVault({ masterKey, keyVersion, storage: store.vaultTokens });
  const pseudonyms = new StoredPseudonyms({
    masterKey,
    storage: store.pseudonyms,
    onError: (error) => logUnexpectedError(log, 'pseudonyms', error),
  });
  const parts = { masterKey, keyVersion, parser, tokenVault, pseudonyms, nowMs: Date.now };
  return new Masking(parts, targets);
}
