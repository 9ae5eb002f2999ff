import { runStaticChecks, STATIC_CHECKS } from './static-checks.ts';
import { findUnitTests } from './test-files.ts';
import { runTests, type Tally } from './test-run.ts';

/** A unit test that takes longer than this hangs. Before the first one, all files are read, which a busy machine takes a minute for. */
const UNIT_TEST_SILENCE_MS_MAX = 3 * 60_000;

/** Runs what needs no server: every static check, then every unit test. Minutes, not an hour. */
export async function check(print: (line: string) => void): Promise<Tally> {
  const failedChecks = await runStaticChecks(print);
  const tests = await runTests({
    files: findUnitTests(),
    isolation: 'none',
    silenceMsMax: UNIT_TEST_SILENCE_MS_MAX,
    print,
  });
  return {
    passed: STATIC_CHECKS.length - failedChecks.length + tests.passed,
    failures: [...failedChecks, ...tests.failures],
  };
}

if (import.meta.main) {
  const { passed, failures } = await check(console.log);
  if (failures.length > 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failures.length} failed`);
}
