/** One thing that the tour tries. */
export interface Step {
  readonly title: string;
  /** Resolves with what happened, in a few words; rejects if that is not what should happen. */
  run(): Promise<string>;
}

/** A step did something other than it should. Its message is shown. */
export class UnexpectedOutcome extends Error {
  override readonly name = 'UnexpectedOutcome';
  readonly code = 'ERR_DEMO_UNEXPECTED_OUTCOME';
}

/** @throws {UnexpectedOutcome} Unless something holds. */
export function expect(holds: boolean, wanted: string, got: string): asserts holds {
  if (!holds) throw new UnexpectedOutcome(`expected ${wanted}, got: ${got.trim()}`);
}

/** Tries until there is an answer: a reload takes a moment. */
export async function waitFor(attempt: () => Promise<string | undefined>): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await attempt();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new UnexpectedOutcome(
    'expected another decision within 10 seconds, but it stayed the same',
  );
}
