import type { PolicyDraft, PolicyReplaySubmission, PolicyTestSubmission } from '../api/policy.ts';
import { seal } from '../audit/seal.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';
import type { JobOutcome } from './threads/job-thread.ts';

const REPLAYED_DEFAULT = 500;

/** Shows the policies in force. */
export async function getPolicies({
  policyFiles,
  policySet,
}: ControlPlaneServices): Promise<Answer> {
  const { version, policies } = policySet();
  return answerJson({
    version,
    files: policyFiles(),
    policies: [...policies.values()].map(({ id, effect, file, line, reason, review }) => ({
      id,
      effect,
      file,
      line,
      ...(reason !== undefined && { reason }),
      ...(review && { review: { groups: review.groups, quorum: review.quorum } }),
    })),
  });
}

/** Says whether policies are valid. Nothing of them is put in force. */
export async function validatePolicies(
  { policyDrafts }: ControlPlaneServices,
  { json }: SignedInCall,
): Promise<Answer> {
  const checked = await policyDrafts.check((json as PolicyDraft).files);
  if (checked.kind !== 'done') return answerNotDone(checked);
  const { problems } = checked.output;
  return answerJson({ valid: problems.length === 0, problems });
}

/** Runs the configuration's tests on a draft, or on the policies in force. */
export async function testPolicies(
  { policyDrafts, policyFiles }: ControlPlaneServices,
  { json }: SignedInCall,
): Promise<Answer> {
  const { files = policyFiles() } = json as PolicyTestSubmission;
  const tested = await policyDrafts.test(files);
  if (tested.kind !== 'done') return answerNotDone(tested);
  const { problems, results, untested } = tested.output;
  const passed = results.filter((result) => result.passed).length;
  return answerJson({
    problems,
    passed,
    failed: results.length - passed,
    tests: results.map(({ test, passed: did, message }) => ({
      name: test.name,
      file: test.file,
      line: test.line,
      passed: did,
      message,
    })),
    untested,
  });
}

/**
 * Decides the last operations of the ledger again. The answer tells what others did, so the asking is
 * entered before.
 */
export async function replayPolicies(
  services: ControlPlaneServices,
  { json, principal, clientAddress, signal }: SignedInCall,
): Promise<Answer> {
  const { ledger, policyDrafts, policyFiles } = services;
  const { files = policyFiles(), last = REPLAYED_DEFAULT, target } = json as PolicyReplaySubmission;
  const checked = await policyDrafts.check(files);
  if (checked.kind !== 'done') return answerNotDone(checked);
  const { problems, version: policyVersion } = checked.output;
  if (policyVersion === undefined) {
    const nothing = { replayed: 0, skipped: 0, unchanged: 0, changes: [] };
    return answerJson({ problems, ...nothing, coverage: { read: [], missing: [] } });
  }
  await seal(ledger, {
    kind: 'policy.replay',
    principal: principal.id,
    policyVersion,
    last,
    ...(target !== undefined && { target }),
    client: clientAddress,
  });
  const coverage = await coverLogs(services);
  const replay = await policyDrafts.replay(files, { last, target, logs: coverage.read }, signal);
  if (replay.kind !== 'done') return answerNotDone(replay);
  return answerJson({ problems, ...replay.output, coverage });
}

function answerNotDone({ kind }: Exclude<JobOutcome<unknown>, { kind: 'done' }>): Answer {
  switch (kind) {
    case 'busy':
      return answerTooMany('other policies are being looked at');
    case 'given-up':
      return answerProblem('too-large', 'the policies take too long to look at');
  }
}
