import type { OnReview, WithdrawReason } from '../access/access-request.ts';
import { digestOperation } from '../access/operation-digest.ts';
import type { ReviewQuestion } from '../access/review-desk.ts';
import type { Principal } from '../identity/principal.ts';
import type { ReviewedDecision } from '../policy/decision.ts';
import type { OperationToReview } from '../protocols/guard.ts';
import type { Target } from '../targets/target.ts';
import type { PolicyScope } from './policies.ts';

/** What of a session goes into its requests. */
export interface AskingSession {
  readonly id: string;
  readonly principal: Principal;
  readonly target: Target;
  readonly database: string;
  readonly account: string;
  readonly client: SessionClient;
}

/** Where a session's client is, and what it calls itself. */
export interface SessionClient {
  /** Without port. */
  readonly address: string;
  readonly applicationName: string;
  readonly isEncrypted: boolean;
}

/** Describes an operation of a session to the review desk, with all that an approval is bound to. */
export function askForReview(
  { id, principal, target, database, account, client }: AskingSession,
  scope: PolicyScope,
  {
    decision,
    held,
    findChange,
  }: {
    readonly decision: ReviewedDecision;
    readonly held: OperationToReview;
    readonly findChange: () => WithdrawReason | undefined;
  },
): ReviewQuestion {
  const { operation, sentText, sentParameters, justification, meaning, guests } = held;
  const policyVersion = scope.policySet.version;
  return {
    requester: {
      id: principal.id,
      person: principal.person,
      kind: principal.kind,
      name: principal.displayName,
      groups: principal.groups,
      grants: scope.grants,
      signIn: principal.signIn,
      clientAddress: client.address,
      applicationName: client.applicationName,
    },
    target: target.name,
    database,
    ...(account !== '' && { account }),
    sessionId: id,
    ...(guests !== undefined && { guests }),
    onReview: held.mayWait === false ? 'fail' : findOnReview(principal, target),
    decision,
    policyVersion,
    justification,
    operation,
    digest: digestOperation({
      protocol: operation.protocol,
      at: operation.at,
      text: sentText,
      parameters: sentParameters,
      target: target.name,
      database,
      principalId: principal.id,
      groups: principal.groups,
      grants: scope.grants,
      policyVersion,
      policyIds: decision.policyIds,
      meaning: account === '' ? meaning : { ...meaning, account },
    }),
    findChange,
  };
}

function findOnReview({ kind }: Principal, { onReview }: Target): OnReview {
  return kind === 'person' ? onReview.people : onReview.workloads;
}
