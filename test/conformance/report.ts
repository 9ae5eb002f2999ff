import type { SuiteName, SuiteOutcome } from './run-suite.ts';

/** One suite on one side. */
export interface Run {
  readonly side: 'direct' | 'gateway';
  readonly suite: SuiteName;
  readonly outcome: Pick<SuiteOutcome, 'passed' | 'failed'>;
}

/** What the runs were made with. */
export interface Versions {
  readonly server: string;
  readonly node: string;
}

/** Writes docs/conformance.md: one table, and every test that failed by name. */
export function formatReport(runs: readonly Run[], { server, node }: Versions): string {
  const rows = runs.map(({ side, suite, outcome: { passed, failed } }) => {
    const name = side === 'direct' ? 'direct' : 'through the gateway';
    return `| ${suite} | ${name} | ${passed.length} of ${passed.length + failed.length} | ${failed.join(', ') || '–'} |`;
  });
  return `# Conformance

PostgreSQL's own regression suite (\`pg_regress\`) and isolation suite (\`isolationtester\`), built from
the Debian source package of the server's version and run against a private server: direct, and
through the gateway with \`examples/allow-all\`, analysis, decisions, recording and ledger on.
\`npm run conformance\` writes this page.

| Suite | Way | Passed | Failed |
|---|---|---|---|
${rows.join('\n')}

${server}; Node.js ${node}.
`;
}
