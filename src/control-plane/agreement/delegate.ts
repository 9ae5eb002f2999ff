import { randomBytes } from 'node:crypto';
import type {
  Actor,
  DelegateAnswer,
  DelegationFilter,
  DelegationInput,
  EndDelegationAnswer,
} from '../../access/access-service.ts';
import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import { type Delegation, isRunning } from '../../access/delegation.ts';
import { isBlank } from '../../access/is-blank.ts';
import { isSamePerson } from '../../access/person.ts';
import { seal } from '../../audit/seal.ts';
import { describeDelegation } from './access-entries.ts';
import type { AgreementParts } from './agreement-parts.ts';

/** Lets somebody review in the actor's place, for a while. What was delegated cannot be passed on. */
export async function delegate(
  parts: AgreementParts,
  actor: Actor,
  input: DelegationInput,
): Promise<DelegateAnswer> {
  const { people, delegations, ledger, reviewSettings, rights, signIns, nowMs } = parts;
  const { principal } = actor;
  // Its giver is in these groups now; whether still, is looked at for each review.
  await signIns.note(principal);
  const { groups } = await rights.findCandidate(actor);
  const foreign = input.groups.filter((group) => !groups.includes(group));
  if (foreign.length > 0 || input.groups.length === 0 || principal.kind !== 'person') {
    return { kind: 'not-your-groups', groups: foreign };
  }
  const { delegationMaxMs: durationMaxMs } = reviewSettings();
  if (input.durationMs > durationMaxMs || input.durationMs <= 0) {
    return { kind: 'too-long', durationMaxMs };
  }
  const reason = input.reason.trim().slice(0, COMMENT_LENGTH_MAX);
  if (isBlank(reason)) return { kind: 'reason-required' };
  const to = await people.find(input.to);
  if (to?.kind !== 'person') return { kind: 'unknown-person' };
  const { id, person, displayName } = principal;
  if (isSamePerson({ id, person }, to)) return { kind: 'to-oneself' };
  const startsAtMs = nowMs();
  const delegation: Delegation = {
    id: `del_${randomBytes(16).toString('base64url')}`,
    from: { id, person, name: displayName },
    // Whoever is that person holds it, by any identity.
    to: { id: to.id, person: to.isVouched ? to.person : undefined, name: to.name },
    groups: [...new Set(input.groups)],
    startsAtMs,
    endsAtMs: startsAtMs + input.durationMs,
    reason,
    endedAtMs: undefined,
  };
  const entry = describeDelegation('delegation.start', delegation, actor);
  await delegations.insert(delegation, () => seal(ledger, entry));
  return { kind: 'delegated', delegation };
}

/** Ends a delegation that the actor gave or holds. */
export async function endDelegation(
  { delegations, ledger, nowMs }: AgreementParts,
  actor: Actor,
  id: string,
): Promise<EndDelegationAnswer> {
  const ended = await delegations.change(id, async (delegation) => {
    const { id: actorId } = actor.principal;
    if (delegation.from.id !== actorId && delegation.to.id !== actorId) return undefined;
    const endedAtMs = nowMs();
    if (!isRunning(delegation, endedAtMs)) return undefined;
    await seal(ledger, describeDelegation('delegation.end', delegation, actor));
    return { ...delegation, endedAtMs };
  });
  return ended === undefined ? { kind: 'not-found' } : { kind: 'ended', delegation: ended };
}

/** Lists the actor's delegations; everybody's with a permit. */
export function listDelegations(
  { delegations, rights, nowMs }: AgreementParts,
  { principal }: Actor,
  { running }: DelegationFilter,
): Promise<readonly Delegation[]> {
  const seesAll = rights.mayOnGateway(principal, 'people.read');
  return delegations.list({
    ...(!seesAll && { partyId: principal.id }),
    ...(running === true && { runningAtMs: nowMs() }),
  });
}
