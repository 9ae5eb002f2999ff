/** What the process that runs test files tells the one that counts them. */
export type TestEvent =
  /** A test or suite is about to run. Sent at once; `test` may wait for those before it. */
  | { readonly kind: 'begin'; readonly name: string }
  | {
      readonly kind: 'test';
      /** Relative to the checkout. */
      readonly file: string;
      /** The test's name after the names of the suites around it. */
      readonly name: string;
      readonly outcome: TestOutcome;
      readonly durationMs: number;
      /** Why it failed, with the stack. Empty when it passed. */
      readonly reason: string;
    }
  /** Something a test file printed, or the runner has to say. */
  | { readonly kind: 'output'; readonly text: string }
  /** Every file has run. `ok` is false as well when something failed outside any test. */
  | { readonly kind: 'end'; readonly ok: boolean };

export type TestOutcome = 'passed' | 'failed' | 'skipped' | 'to-do' | 'empty';
