import { PGX, PQ } from './go-driver-suite.ts';
import type { SuiteName, SuiteOutcome } from './run-suite.ts';

/** Tests that fail through the gateway because it is one, and why that is right. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'pg_freespacemap/pg_freespacemap':
    'expects VACUUM to find no other transaction; the gateway reads the catalog beside it after each definition',
  'pgconn TestConnectInvalidUser':
    'expects a user name that the server does not know to fail; who somebody is says the token, not the user name',
  'pq TestErrorDuringStartup':
    'expects a user name that the server does not know to fail, as above',
  'pq TestErrorDuringStartupClosesConn': 'the same',
  'pgconn TestConnectProtocolVersion32':
    'expects cancel keys of 4 bytes from servers before 18; the gateway makes its own, of 32 bytes, for every client that speaks protocol 3.2',
};

/** One suite on one side. */
export interface Run {
  readonly side: 'direct' | 'gateway';
  readonly suite: SuiteName | 'contrib' | 'pipeline' | 'pgx' | 'pq';
  readonly outcome: Pick<SuiteOutcome, 'passed' | 'failed'>;
}

/** Failures through the gateway that neither happen direct nor are explained. */
export function findUnexplained(runs: readonly Run[]): readonly string[] {
  const direct = new Set(
    runs.filter(({ side }) => side === 'direct').flatMap(({ outcome }) => outcome.failed),
  );
  return runs
    .filter(({ side }) => side === 'gateway')
    .flatMap(({ outcome }) => outcome.failed)
    .filter((test) => !direct.has(test) && EXPLAINED[test] === undefined);
}

/** The section of docs/conformance.md: one table, and every test that failed by name. */
export function formatReport(runs: readonly Run[], versions: string): string {
  const rows = runs.map(({ side, suite, outcome: { passed, failed } }) => {
    const name = side === 'direct' ? 'direct' : 'through the gateway';
    return `| ${suite} | ${name} | ${passed.length} of ${passed.length + failed.length} | ${failed.join(', ') || '–'} |`;
  });
  const explanations = runs
    .filter(({ side }) => side === 'gateway')
    .flatMap(({ outcome }) => outcome.failed)
    .map((test) => `- \`${test}\`: ${EXPLAINED[test] ?? 'not explained'}.`);
  const why =
    explanations.length === 0
      ? ''
      : `\nWhat fails through the gateway only:\n\n${explanations.join('\n')}\n`;
  return `PostgreSQL's own regression suite (\`pg_regress\`) and isolation suite (\`isolationtester\`), built from
the Debian source package of the server's version, the tests of its extensions and of PL/pgSQL (*contrib*) and of libpq's pipelines (*pipeline*) that come with it, and the tests of Go's drivers pgx ${PGX.version} and
lib/pq ${PQ.version} (but for those that want something else of the server than it has: certificates, kinds of login, a port; or an answer in 100 ms), run
against a private server: direct, and through the gateway with \`examples/allow-all\`, analysis,
decisions, recording and ledger on.

| Suite | Way | Passed | Failed |
|---|---|---|---|
${rows.join('\n')}
${why}
${versions}.
`;
}
