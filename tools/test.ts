import { buildConsole } from './build-console.ts';
import { check } from './check.ts';
import { installDebianPackages } from './install-debian-packages.ts';
import { findEndToEndTests, LEFT_OUT } from './test-files.ts';
import { runTests } from './test-run.ts';

/** A test against real servers that takes longer than this hangs. */
const END_TO_END_SILENCE_MS_MAX = 5 * 60_000;

/**
 * Runs everything. The last line is `N passed, N failed`: each static check and each test counts
 * one, and what was skipped counts as failed.
 */
async function main(): Promise<void> {
  if (!(await installDebianPackages(console.log))) {
    process.exitCode = 1;
    console.log('0 passed, 1 failed');
    return;
  }
  await buildConsole();
  const checked = await check(console.log);
  for (const { what, command } of LEFT_OUT) console.log(`left to ${command}: ${what}`);
  const endToEnd = await runTests({
    files: findEndToEndTests(),
    isolation: 'process',
    silenceMsMax: END_TO_END_SILENCE_MS_MAX,
    print: console.log,
  });
  const failures = [...checked.failures, ...endToEnd.failures];
  if (failures.length > 0) {
    process.exitCode = 1;
    console.log('\nFailed:');
    for (const failure of failures) console.log(`  ${failure}`);
  }
  console.log(`${checked.passed + endToEnd.passed} passed, ${failures.length} failed`);
}

await main();
