import type {
  PolicyDraft,
  PolicyFileView,
  PolicyReplaySubmission,
  PolicyTestSubmission,
} from '../api/policy.ts';
import { seal } from '../audit/seal.ts';
import { loadPolicySet, type PolicyLoading } from '../policy/policy-set.ts';
import { findUntestedPolicies } from '../policy/run-policy-tests.ts';
import { type Answer, answerJson, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

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
  _services: ControlPlaneServices,
  { json }: SignedInCall,
): Promise<Answer> {
  const loading = loadPolicySet((json as PolicyDraft).files);
  const problems = loading.kind === 'rejected' ? loading.problems : [];
  return answerJson({ valid: problems.length === 0, problems });
}

/** Runs the configuration's tests on a draft, or on the policies in force. */
export async function testPolicies(
  services: ControlPlaneServices,
  { json }: SignedInCall,
): Promise<Answer> {
  const loading = load(services, (json as PolicyTestSubmission).files);
  if (loading.kind === 'rejected') {
    const { problems } = loading;
    return answerJson({ problems, passed: 0, failed: 0, tests: [], untested: [] });
  }
  const results = await services.runPolicyTests(loading.policySet);
  const passed = results.filter((result) => result.passed).length;
  return answerJson({
    problems: [],
    passed,
    failed: results.length - passed,
    tests: results.map(({ test, passed: did, message }) => ({
      name: test.name,
      file: test.file,
      line: test.line,
      passed: did,
      message,
    })),
    untested: findUntestedPolicies(loading.policySet, results),
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
  const { files, last = REPLAYED_DEFAULT, target } = json as PolicyReplaySubmission;
  const loading = load(services, files);
  if (loading.kind === 'rejected') {
    const { problems } = loading;
    return answerJson({ problems, replayed: 0, skipped: 0, unchanged: 0, changes: [] });
  }
  await seal(services.ledger, {
    kind: 'policy.replay',
    principal: principal.id,
    policyVersion: loading.policySet.version,
    last,
    ...(target !== undefined && { target }),
    client: clientAddress,
  });
  const replay = await services.replay(loading.policySet, { last, target }, signal);
  if (replay === undefined) {
    return answerTooMany('policies are being replayed already');
  }
  return answerJson({ problems: [], ...replay });
}

function load(
  { policySet }: ControlPlaneServices,
  files: readonly PolicyFileView[] | undefined,
): PolicyLoading {
  return files === undefined ? { kind: 'loaded', policySet: policySet() } : loadPolicySet(files);
}
