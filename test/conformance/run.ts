import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { makeCacheDirectory } from './cache-directory.ts';
import { compareSuites } from './compare-suites.ts';
import { buildSuites } from './debian-source.ts';
import { SERVER_VERSIONS } from './fetch-server.ts';
import { identityMask } from './identity-plan.ts';
import { findUnexplainedDifferences, formatIdentity } from './identity-report.ts';
import { findUnexplainedFailures, formatOpenSsh } from './openssh-report.ts';
import { runOpenSshSuite } from './openssh-suite.ts';
import { formatServers, isClean, runOnServer, type ServerOutcome } from './other-servers.ts';
import { findUnexplained, formatReport } from './report.ts';
import { runIdentity } from './run-identity.ts';
import { findAccount } from './suite-server.ts';
import { writeSection } from './write-section.ts';

/**
 * `npm run conformance [-- direct | gateway] [regression | isolation | contrib | pipeline | pgx | pq] [tls]`: PostgreSQL's own
 * suites, those of its extensions and of libpq's pipelines, and those of Go's drivers, direct and through the gateway. Exits 1 if the gateway fails a test
 * that passes direct and of which it is not known why, or if a suite ran no test at all.
 *
 * `npm run conformance -- gateway identity [file …]`: the regression suite with masks that change nothing. Exits 1 if a client gets
 * something else and it is not known why.
 *
 * `npm run conformance -- openssh [script …]`: OpenSSH's own tests of its client, direct and through the gateway. Exits 1 if one fails
 * through the gateway only and it is not known why.
 *
 * `npm run conformance -- servers [13 14 16 17]`: end-to-end tests on servers of other major releases.
 *
 * A run of all of its kind writes its section of docs/conformance.md; without words, all suites run, then the masks.
 */
const run = promisify(execFile);

async function main(words: readonly string[]): Promise<number> {
  if (words[0] === 'servers') return runOnServers(words.slice(1));
  if (words[0] === 'openssh') return runOpenSsh(words.slice(1));
  if (words.includes('identity')) return runWithIdentityMasks(words);
  const code = await runSuites(words);
  return words.length > 0 ? code : Math.max(code, await runWithIdentityMasks([]));
}

async function runOnServers(words: readonly string[]): Promise<number> {
  const cache = await makeCacheDirectory();
  const majors = words.length > 0 ? words : Object.keys(SERVER_VERSIONS);
  const outcomes: ServerOutcome[] = [];
  for (const major of majors) outcomes.push(await runOnServer(cache, major));
  const section = formatServers(outcomes);
  process.stdout.write(section);
  if (words.length === 0) await writeSection('Other servers', section);
  return outcomes.every(isClean) ? 0 : 1;
}

async function runOpenSsh(words: readonly string[]): Promise<number> {
  const say = (line: string): boolean => process.stderr.write(`${line}\n`);
  const outcomes = await runOpenSshSuite(await makeCacheDirectory(), words, say);
  const section = formatOpenSsh(outcomes);
  process.stdout.write(section);
  for (const { way, failed } of outcomes) {
    for (const { script, output } of failed) process.stderr.write(`${way}: ${script}\n${output}\n`);
  }
  if (words.length === 0) await writeSection('OpenSSH', section);
  const ranAll = outcomes.every(({ passed }) => passed.length > 0);
  return ranAll && findUnexplainedFailures(outcomes).length === 0 ? 0 : 1;
}

async function runWithIdentityMasks(words: readonly string[]): Promise<number> {
  const files = words.filter((word) => word !== 'gateway' && word !== 'identity');
  const { suite, tally, failures } = await runIdentity({
    tree: await buildSuites(await makeCacheDirectory()),
    account: await findAccount(),
    files,
    expression: identityMask,
  });
  const section = formatIdentity(tally, await versionLine());
  process.stdout.write(section);
  process.stdout.write(
    `${suite.passed.length} files passed, ${suite.failed.length} failed ${suite.failed.join(', ')}\n`,
  );
  if (suite.passed.length + suite.failed.length === 0) {
    process.stderr.write(`The regression suite has no test called ${files.join(' or ')}.\n`);
  }
  for (const failure of failures) process.stderr.write(`A session broke: ${String(failure)}\n`);
  const unexplained = findUnexplainedDifferences(tally);
  for (const difference of unexplained) process.stdout.write(`${JSON.stringify(difference)}\n`);
  if (files.length === 0) await writeSection('Masks that change nothing', section);
  const isComplete = suite.passed.length > 0 && suite.failed.length === 0 && failures.length === 0;
  return isComplete && unexplained.length === 0 ? 0 : 1;
}

async function versionLine(): Promise<string> {
  const { stdout } = await run('/usr/lib/postgresql/15/bin/postgres', ['--version']);
  return `${stdout.trim()}; Node.js ${process.version}`;
}

async function runSuites(words: readonly string[]): Promise<number> {
  const runs = await compareSuites(words);
  if (words.length === 0) await writeSection('Suites', formatReport(runs, await versionLine()));
  const ranAll = runs.every((one) => one.outcome.passed.length > 0);
  return findUnexplained(runs).length === 0 && ranAll ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
