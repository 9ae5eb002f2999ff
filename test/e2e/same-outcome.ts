import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Environment, Side } from './environment.ts';
import type { ClientOutcome } from './run-client.ts';

/** Above this many characters a difference is shown by its first line only. */
const SHOWN_CHARACTERS_MAX = 200_000;

/**
 * Runs a client on both sides, one after the other, and fails where they differ.
 *
 * @returns What both printed, for assertions of the caller: two empty outputs are equal too.
 */
export async function assertSameOutcome(
  environment: Environment,
  run: (side: Side) => Promise<ClientOutcome>,
): Promise<ClientOutcome> {
  const expected = normalize(await run(environment.direct));
  const actual = normalize(await run(environment.gateway));
  assert.equal(actual.stderr, expected.stderr);
  if (expected.stdout.length > SHOWN_CHARACTERS_MAX) {
    assert.equal(summarize(actual.stdout), summarize(expected.stdout));
  }
  assert.equal(actual.stdout, expected.stdout);
  assert.equal(actual.code, expected.code);
  return actual;
}

/** Process ids differ from session to session. */
function normalize(outcome: ClientOutcome): ClientOutcome {
  return {
    ...outcome,
    stdout: outcome.stdout.replaceAll(/server process with PID \d+/g, 'server process with PID N'),
  };
}

function summarize(text: string): string {
  return `${text.length} characters, ${createHash('sha256').update(text).digest('hex')}`;
}
