import { loadParser } from '../../src/sql/postgres/parser.ts';
import type { MaskExpression } from './identity-plan.ts';
import { startIdentityProxy } from './identity-proxy.ts';
import { IdentityTally } from './identity-tally.ts';
import { runSuite, type SuiteOutcome } from './run-suite.ts';
import { type Account, startSuiteServer } from './suite-server.ts';

/** What the suite's own expectations say of the original side, and what the comparison found. */
export interface IdentityOutcome {
  readonly suite: SuiteOutcome;
  readonly tally: IdentityTally;
  /** What broke sessions. */
  readonly failures: readonly unknown[];
}

export interface IdentityRun {
  /** The built source tree. */
  readonly tree: string;
  readonly account: Account;
  /** Files of the suite; empty for all. */
  readonly files: readonly string[];
  readonly expression: MaskExpression;
}

/**
 * Nothing happens by itself, so that two servers that are told the same stay the same, to the OIDs of their objects. Compiling the query
 * for the catalog would take longer than all else.
 */
const SETTINGS = { autovacuum: 'off', jit: 'off' };

/** Runs the regression suite on two servers at once: one gets the original statements, the other their rewrites. */
export async function runIdentity({
  tree,
  account,
  files,
  expression,
}: IdentityRun): Promise<IdentityOutcome> {
  await using original = await startSuiteServer(SETTINGS);
  await using rewritten = await startSuiteServer(SETTINGS);
  const tally = new IdentityTally();
  const parser = await loadParser();
  await using proxy = await startIdentityProxy({
    original,
    rewritten,
    parser,
    tally,
    expression,
    system: { rows: undefined },
  });
  const suite = await runSuite(
    tree,
    'regression',
    {
      host: proxy.host,
      port: proxy.port,
      user: original.superuser,
      database: 'regression',
      environment: { PGSSLMODE: 'disable' },
      oneByOne: files,
    },
    account,
  );
  return { suite, tally, failures: proxy.failures };
}
