import {
  policyDraftSchema,
  policyReplaySchema,
  policyReplaySubmissionSchema,
  policySetSchema,
  policyTestReportSchema,
  policyTestSubmissionSchema,
  policyValidationSchema,
} from './policy.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** Bytes; `policy/` takes 2 Mi characters of policies. */
const POLICIES_BYTES_MAX = 4 * 2 ** 20;

/** Policies: reading them, and trying others without putting them in force. */
export const POLICY_ROUTES: readonly Route[] = [
  {
    id: 'getPolicies',
    method: 'GET',
    path: '/v1/policies',
    summary: 'The policies in force',
    access: { kind: 'gateway-policy', action: 'policy.read' },
    answer: { mediaType: JSON_TYPE, schema: policySetSchema },
    problem: problemSchema,
  },
  {
    id: 'validatePolicies',
    method: 'POST',
    path: '/v1/policies/validate',
    summary: 'Whether policies are valid, and what is wrong with them',
    access: { kind: 'gateway-policy', action: 'policy.test' },
    json: policyDraftSchema,
    bodyBytesMax: POLICIES_BYTES_MAX,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: policyValidationSchema },
    problem: problemSchema,
  },
  {
    id: 'testPolicies',
    method: 'POST',
    path: '/v1/policies/test',
    summary: 'Run the tests of the configuration',
    access: { kind: 'gateway-policy', action: 'policy.test' },
    json: policyTestSubmissionSchema,
    bodyBytesMax: POLICIES_BYTES_MAX,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: policyTestReportSchema },
    problem: problemSchema,
  },
  {
    id: 'replayPolicies',
    method: 'POST',
    path: '/v1/policies/replay',
    summary: 'What policies would have decided on the last operations',
    access: { kind: 'gateway-policy', action: 'policy.test' },
    json: policyReplaySubmissionSchema,
    bodyBytesMax: POLICIES_BYTES_MAX,
    weight: 60,
    answer: { mediaType: JSON_TYPE, schema: policyReplaySchema },
    problem: problemSchema,
  },
];
