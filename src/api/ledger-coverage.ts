import { z } from 'zod';

/**
 * Which logs of the ledger an answer is read from. A gateway reads those on its own machine; logs of other gateways on the
 * same store are missing from its answers, and named so that nobody takes them for all there is.
 */
export interface LedgerCoverage {
  /** Names of the logs that were read. */
  readonly read: readonly string[];
  /** Names of the logs that were not: their files are on other machines. */
  readonly missing: readonly string[];
}

/** Checks a {@link LedgerCoverage}. */
export const ledgerCoverageSchema: z.ZodType<LedgerCoverage> = z
  .object({ read: z.array(z.string()), missing: z.array(z.string()) })
  .meta({ id: 'LedgerCoverage' });
