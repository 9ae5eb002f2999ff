import { z } from 'zod';

/**
 * Which logs of the ledger an answer is read from: those of the gateway that is asked, and of the others on its store that
 * answer it. The rest is named, so that nobody takes what was read for all there is.
 */
export interface LedgerCoverage {
  /** Names of the logs that were read. */
  readonly read: readonly string[];
  /** Names of the logs that were not: their gateways do not answer. */
  readonly missing: readonly string[];
}

/** Checks a {@link LedgerCoverage}. */
export const ledgerCoverageSchema: z.ZodType<LedgerCoverage> = z
  .object({ read: z.array(z.string()), missing: z.array(z.string()) })
  .meta({ id: 'LedgerCoverage' });
