import path from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { inspect } from 'node:util';
import { CHECKOUT } from './source-file.ts';
import type { TestEvent, TestOutcome } from './test-event.ts';

/** node:test's own totals, which come as diagnostics among others that matter. */
const TOTALS_LINE = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/**
 * Runs test files and sends a `TestEvent` for each test to the process that started this one:
 *
 *     node tools/run-test-files.ts none|process <file> ...
 *
 * `none` runs all files in this process, which is fast; `process` gives each its own.
 */
async function main([isolation, ...files]: readonly string[]): Promise<void> {
  const stopping = new AbortController();
  process.once('SIGTERM', () => {
    stopping.abort();
    // In one process there is nothing to abort: whatever keeps it busy or alive is our own.
    if (isolation === 'none') process.exit(1);
  });
  const stream = run({
    files: files.map((file) => path.resolve(CHECKOUT, file)),
    isolation: isolation === 'none' ? 'none' : 'process',
    concurrency: 1,
    signal: stopping.signal,
  });
  /** Names of the suites and tests that are open, outermost first. */
  const open: string[] = [];
  let ok = false;
  stream.on('test:dequeue', ({ name }) => send({ kind: 'begin', name }));
  stream.on('test:start', ({ nesting, name }) => {
    open.length = nesting;
    open.push(name);
  });
  const report = (passed: boolean, data: TestData & { readonly nesting: number }): void => {
    open.length = data.nesting;
    reportTest(passed, data, open);
  };
  stream.on('test:pass', (data) => report(true, data));
  stream.on('test:fail', (data) => report(false, data));
  stream.on('test:stdout', ({ message }) => send({ kind: 'output', text: message }));
  stream.on('test:stderr', ({ message }) => send({ kind: 'output', text: message }));
  stream.on('test:diagnostic', ({ message }) => {
    if (!TOTALS_LINE.test(message)) send({ kind: 'output', text: `${message}\n` });
  });
  stream.on('test:summary', ({ file, success }) => {
    if (file === undefined) ok = success;
  });
  await finished(stream.resume());
  send({ kind: 'end', ok });
  process.disconnect();
}

/** The part of node:test's events that is used here. */
interface TestData {
  readonly name: string;
  readonly file?: string;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: {
    readonly duration_ms: number;
    readonly type?: string;
    readonly error?: Error & { readonly failureType?: string };
  };
}

function reportTest(passed: boolean, data: TestData, suites: readonly string[]): void {
  const { error, duration_ms: durationMs, type } = data.details;
  // A suite counts only for itself: for a hook that failed, not again for its tests.
  if (type === 'suite' && (passed || error?.failureType === 'subtestsFailed')) return;
  send({
    kind: 'test',
    file: path.relative(CHECKOUT, data.file ?? data.name),
    name: [...suites, data.name].join(' > '),
    outcome: outcomeOf(passed, data),
    durationMs,
    reason: error === undefined ? '' : inspect(error.cause ?? error, { depth: 4 }),
  });
}

function outcomeOf(passed: boolean, { name, file, skip, todo }: TestData): TestOutcome {
  if (skip !== undefined && skip !== false) return 'skipped';
  if (todo !== undefined && todo !== false) return 'to-do';
  if (!passed) return 'failed';
  // node:test passes a file without tests as one test that is named like the file.
  return name === file ? 'empty' : 'passed';
}

function send(event: TestEvent): void {
  process.send?.(event);
}

if (import.meta.main) await main(process.argv.slice(2));
