import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { CHECKOUT } from './source-file.ts';
import type { TestEvent } from './test-event.ts';

/** How many tests passed, and which did not. */
export interface Tally {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** What to run, and how. */
export interface TestRunOptions {
  /** Relative to the checkout. */
  readonly files: readonly string[];
  /** `none` runs all files in one process; `process` gives each its own. */
  readonly isolation: 'none' | 'process';
  /** After this long without a test ending, the run is stopped, which counts as failed. */
  readonly silenceMsMax: number;
  readonly print: (line: string) => void;
}

/** Of what a test prints, only the end is kept. */
const OUTPUT_CHARACTERS_MAX = 20_000;

/** After asking a run to stop, wait this long before killing it. */
const STOP_MS_MAX = 10_000;

/** Milliseconds that output may come later than the event it came before. */
const OUTPUT_DELAY_MS = 50;

/** Runs test files, prints a line per file and each failure whole, and counts. Never rejects. */
export async function runTests(options: TestRunOptions): Promise<Tally> {
  const { files, isolation, silenceMsMax, print } = options;
  const counter = new TestCounter(print);
  const runner = path.join(CHECKOUT, 'tools', 'run-test-files.ts');
  // Both would make the child part of a test run that this process may be in itself.
  const nodeOptions = process.execArgv.filter((option) => !option.startsWith('--test'));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, runner, isolation, ...files], {
    cwd: CHECKOUT,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const watchdog = new Watchdog(child, silenceMsMax);
  child.on('message', (event: TestEvent) => {
    watchdog.reset();
    // What a test printed comes by another way, and may come after its end: it belongs before it.
    setTimeout(() => counter.count(event), OUTPUT_DELAY_MS);
  });
  const keepOutput = (chunk: Buffer): void =>
    counter.count({ kind: 'output', text: chunk.toString('utf8') });
  child.stdout?.on('data', keepOutput);
  child.stderr?.on('data', keepOutput);

  const { promise: closed, resolve } = Promise.withResolvers<string>();
  child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  child.on('error', (error) => resolve(error.message));
  const ending = await closed;
  watchdog.stop();
  // Timers of one length fire in their order: this is after the last event.
  await new Promise((resolve) => setTimeout(resolve, OUTPUT_DELAY_MS));
  return counter.finish(
    files,
    watchdog.barked ? `no test ended in ${silenceMsMax / 1000} s` : ending,
  );
}

/** Turns the events of one run into lines and a tally. */
export class TestCounter {
  readonly #print: (line: string) => void;
  readonly #failures: string[] = [];
  readonly #filesSeen = new Set<string>();
  #passed = 0;
  /** The test that began last; where to look when the run does not come to its end. */
  #begun = '';
  #end: { readonly ok: boolean } | undefined;
  /** What was printed since the last test ended; shown only with a failure. */
  #output = '';
  #current = { file: '', tests: 0, failed: 0, durationMs: 0 };

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes in one event. */
  count(event: TestEvent): void {
    switch (event.kind) {
      case 'begin':
        this.#begun = event.name;
        return;
      case 'output':
        this.#output = `${this.#output}${event.text}`.slice(-OUTPUT_CHARACTERS_MAX);
        return;
      case 'end':
        this.#endFile();
        this.#end = event;
        return;
      case 'test':
        this.#countTest(event);
        return;
    }
  }

  /**
   * Ends the count. What no test reports is a failure too: a file that ran no test, an error outside
   * any test, a run that did not come to its end.
   */
  finish(files: readonly string[], ending: string): Tally {
    this.#endFile();
    const unseen = files.filter((file) => !this.#filesSeen.has(file));
    if (this.#end === undefined) {
      this.#fail(
        `the test run did not come to its end: ${ending}; it was at "${this.#begun}"`,
        this.#output,
      );
      for (const file of unseen) this.#print(`       ${file} did not run`);
    } else {
      for (const file of unseen) this.#fail(`${file} ran no test`, '');
      if (!this.#end.ok && this.#failures.length === 0) {
        this.#fail('something failed outside any test', this.#output);
      }
    }
    if (files.length === 0) this.#fail('found no test file', '');
    return { passed: this.#passed, failures: this.#failures };
  }

  #countTest(event: Extract<TestEvent, { kind: 'test' }>): void {
    if (event.file !== this.#current.file) {
      this.#endFile();
      this.#current = { file: event.file, tests: 0, failed: 0, durationMs: 0 };
      this.#filesSeen.add(event.file);
    }
    this.#current.tests++;
    this.#current.durationMs += event.durationMs;
    if (event.outcome === 'passed') {
      this.#passed++;
    } else {
      this.#current.failed++;
      const why = event.outcome === 'empty' ? 'the file holds no test' : event.outcome;
      this.#fail(`${event.file}: ${event.name}: ${why}`, `${event.reason}\n${this.#output}`);
    }
    this.#output = '';
  }

  #fail(title: string, detail: string): void {
    this.#failures.push(title);
    this.#print(`FAILED ${title}`);
    if (detail.trim() !== '') this.#print(detail.trim().replaceAll(/^/gm, '       '));
  }

  #endFile(): void {
    const { file, tests, failed, durationMs } = this.#current;
    if (tests === 0) return;
    const seconds = (durationMs / 1000).toFixed(1);
    const failedText = failed === 0 ? '' : `, ${failed} FAILED`;
    this.#print(
      `${failed === 0 ? 'ok    ' : 'FAILED'} ${file}: ${tests} tests${failedText}, ${seconds} s`,
    );
    this.#current = { file: '', tests: 0, failed: 0, durationMs: 0 };
  }
}

/** Stops a process that has been silent for too long. */
class Watchdog {
  readonly #child: ChildProcess;
  readonly #silenceMsMax: number;
  #timer: NodeJS.Timeout;
  barked = false;

  constructor(child: ChildProcess, silenceMsMax: number) {
    this.#child = child;
    this.#silenceMsMax = silenceMsMax;
    this.#timer = this.#wait();
  }

  reset(): void {
    if (this.barked) return;
    clearTimeout(this.#timer);
    this.#timer = this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => {
      this.barked = true;
      this.#child.kill('SIGTERM');
      this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    }, this.#silenceMsMax);
  }
}
